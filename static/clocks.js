// Times tick: "in 12 min", "8 min late", "12 min ago". Only the text changes, so focus and place stay.
(function () {
  "use strict";
  // In the language of the page: the tag of this script brings the words, with {} for the time.
  var say = document.currentScript.dataset;
  function words(minutes, inDays) {
    var whole = Math.abs(minutes);
    if (whole < 60) { return whole + " min"; }
    var hours = Math.floor(whole / 60), rest = whole % 60;
    if (hours < 48) { return hours + " h" + (rest ? " " + rest + " min" : ""); }
    return inDays.replace("{}", Math.floor(hours / 24));
  }
  function ahead(minutes) {
    return minutes < 48 * 60 ? say.ahead.replace("{}", words(minutes, "")) : words(minutes, say.daysAhead);
  }
  function tick() {
    document.querySelectorAll("[data-due]").forEach(function (clock) {
      var minutes = Math.floor((Date.parse(clock.dataset.due) - Date.now()) / 60000);
      var late = minutes < 0;
      var text = late ? say.late.replace("{}", words(minutes, say.days)) : minutes === 0 ? say.now : ahead(minutes);
      if (clock.textContent !== text) { clock.textContent = text; }
      clock.classList.toggle("clock-late", late);
    });
    document.querySelectorAll("[data-ago]").forEach(function (past) {
      var minutes = Math.max(Math.floor((Date.now() - Date.parse(past.parentElement.dateTime)) / 60000), 0);
      var text = minutes < 48 * 60 ? say.ago.replace("{}", words(minutes, "")) : words(minutes, say.daysAgo);
      if (past.textContent !== text) { past.textContent = text; }
    });
  }
  document.addEventListener("DOMContentLoaded", tick);
  document.addEventListener("htmx:afterSwap", tick);
  setInterval(tick, 10000);
})();
