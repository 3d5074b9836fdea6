// Conveniences of the bedside form. Every part of the form works without them.
(function () {
  "use strict";
  var page = document.querySelector(".bedside");
  var form = page && page.querySelector("form");
  if (!form) { return; }

  // "Now" is the site's time by the server's clock: the tablet's own may be wrong, or in another zone.
  var ahead = Date.parse(page.dataset.now) - Date.now();
  var clock = new Intl.DateTimeFormat("sv-SE", { timeZone: page.dataset.timeZone, dateStyle: "short", timeStyle: "short" });
  form.querySelectorAll("[data-now-for]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      document.getElementById(button.dataset.nowFor).value = clock.format(new Date(Date.now() + ahead)).replace(" ", "T");
    });
  });

  // Enter goes to the next field: a half-filled set is not sent by the key of a number pad.
  form.addEventListener("keydown", function (event) {
    var field = event.target;
    if (event.key !== "Enter" || field.tagName !== "INPUT") { return; }
    event.preventDefault();
    var fields = Array.from(form.querySelectorAll("input:not([type=hidden]), select, textarea, button[type=submit]:not([disabled])"))
      .filter(function (one) { return one.offsetParent !== null && one.name !== field.name; });
    var next = fields.find(function (one) { return field.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING; });
    if (next) { next.focus(); }
  });

  // A new or sudden pain: where it is, and since when, is asked at once.
  form.addEventListener("change", function (event) {
    var asks = event.target.name === "new_pain_site" || event.target.name === "sudden_onset";
    if (asks && event.target.value === "yes") { document.getElementById("pain-details").open = true; }
  });

  // A problem named at the top leads to its field, also inside a folded part.
  page.querySelectorAll("[data-problem]").forEach(function (link) {
    link.addEventListener("click", function (event) {
      var holder = document.getElementById(link.dataset.problem);
      if (!holder) { return; }
      event.preventDefault();
      var folded = holder.closest("details");
      if (folded) { folded.open = true; }
      holder.querySelector("input:checked, input, select, textarea").focus();
    });
  });

  // A second tap within a moment does nothing; the server stores one row all the same.
  var save = document.getElementById("save");
  form.addEventListener("submit", function () {
    setTimeout(function () { save.disabled = true; }, 0);
    setTimeout(function () { save.disabled = false; }, 4000);
  });
  window.addEventListener("pageshow", function () { save.disabled = false; });
})();
