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
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || field.tagName !== "INPUT") { return; }
    event.preventDefault();
    var fields = Array.from(form.querySelectorAll("input:not([type=hidden]), select, textarea, button[type=submit]:not([disabled])"))
      .filter(function (one) { return one.offsetParent !== null && one.name !== field.name; });
    var next = fields.find(function (one) { return field.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING; });
    if (next) { next.focus(); }
  });

  // In a row of buttons a typed sign chooses: 7 for seven, y for yes, - for not done. 1 and then 0 is ten, however slowly it is
  // typed: a worst pain must never be stored as none. The same sign again goes on to the next that begins with it.
  var typed = { row: "", signs: "" };
  form.addEventListener("keydown", function (event) {
    var button = event.target;
    if (button.type !== "radio" || event.key.length !== 1 || event.key === " " || event.ctrlKey || event.altKey || event.metaKey) { return; }
    var row = Array.from(form.querySelectorAll("input[type=radio][name='" + button.name + "']"));
    function beginningWith(signs) {
      return row.filter(function (one) {
        var words = one.value === "" ? "-" : one.labels[0].textContent.trim().toLowerCase();
        return words.startsWith(signs.toLowerCase());
      });
    }
    var joined = typed.row === button.name ? typed.signs + event.key : event.key;
    var fitting = beginningWith(joined);
    if (!fitting.length) {
      joined = event.key;
      fitting = beginningWith(joined);
    }
    if (!fitting.length) { return; }
    typed = { row: button.name, signs: joined };
    event.preventDefault();
    var chosen = fitting[(fitting.findIndex(function (one) { return one.checked; }) + 1) % fitting.length];
    chosen.focus();
    if (!chosen.checked) { chosen.click(); }
  });

  // A new or sudden pain: where it is, and since when, is asked at once. A wound that is not dry is looked at whole.
  form.addEventListener("change", function (event) {
    var name = event.target.name, answer = event.target.value;
    var opens = (name === "new_pain_site" || name === "sudden_onset") && answer === "yes" ? "pain-details"
      : name === "puncture_site" && (answer === "OOZE" || answer === "SWELLING") ? "complications" : "";
    if (opens && document.getElementById(opens)) { document.getElementById(opens).open = true; }
  });

  // A person's own act: what was asked or examined and is still blank gets the same answer.
  form.querySelectorAll("[data-fill]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var blank = form.querySelectorAll(button.dataset.fill.split(" ").map(function (start) {
        return "input[type=radio][name^='" + start + "'][value='']:checked";
      }).join(","));
      blank.forEach(function (radio) {
        form.querySelector("input[name='" + radio.name + "'][value='" + button.dataset.with + "']").checked = true;
      });
      button.nextElementSibling.textContent = button.dataset.marked.replace("{}", blank.length);
    });
  });

  // On a line of 100 mm the boxes in millimetres take the place of the buttons; a score that is chosen stays in sight.
  var scale = form.querySelector("[name=pain_scale]");
  function placeMillimetres() {
    ["pain_at_rest", "pain_on_movement"].forEach(function (score) {
      var buttons = document.getElementById("div_" + score), box = document.getElementById("div_" + score + "_mm");
      var onLine = scale.value === "VAS_MM";
      if (onLine) { buttons.after(box); } else { document.getElementById("pain-scale").append(box); }
      buttons.hidden = onLine && form.querySelector("[name=" + score + "]:checked").value === "";
    });
  }
  if (scale) { scale.addEventListener("change", placeMillimetres); placeMillimetres(); }

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
