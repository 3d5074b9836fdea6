// Keys for links and buttons that stand on the page anyway: each shortcut follows or focuses one of them.
// Single keys do nothing while somebody types, and can be switched off (WCAG 2.1.4) in the list under "?".
(function () {
  "use strict";
  var dialog = document.getElementById("shortcuts");
  if (!dialog) { return; }

  var OFF = "kyphotrack.shortcuts-off";
  var SEARCH = "main input[name='q']";
  var afterG = 0;

  function isOn() { try { return localStorage.getItem(OFF) === null; } catch (refused) { return true; } }
  var box = document.getElementById("shortcuts-on");
  box.checked = isOn();
  box.addEventListener("change", function () {
    try { if (box.checked) { localStorage.removeItem(OFF); } else { localStorage.setItem(OFF, "1"); } } catch (refused) { /* for this page */ }
  });
  document.querySelectorAll("[data-shortcut-list]").forEach(function (opener) {
    opener.hidden = false;
    opener.addEventListener("click", function () { dialog.showModal(); });
  });

  function follow(key, within) {
    var link = (within || document).querySelector("[data-shortcut='" + key + "']");
    if (link) { link.click(); }
    return Boolean(link);
  }

  function rows() { return Array.from(document.querySelectorAll("[data-row]")); }
  function rowOfFocus() { return document.activeElement.closest("[data-row]"); }
  function focusIn(row, selector) {
    var target = row && row.querySelector(selector);
    if (!target) { return false; }
    target.focus();
    row.scrollIntoView({ block: "nearest" });
    return true;
  }
  function step(by) {
    var all = rows(), at = all.indexOf(rowOfFocus());
    return focusIn(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by], "a, button");
  }
  function find() {
    var field = document.querySelector(SEARCH);
    if (field) { field.focus(); } else { location.assign(document.querySelector("[data-shortcut='g p']").href + "#find"); }
    return true;
  }

  var KEYS = {
    "?": function () { dialog.showModal(); return true; },
    "/": find,
    j: function () { return step(1); },
    k: function () { return step(-1); },
    l: function () { return rowOfFocus() ? follow("log", rowOfFocus()) : rows().length === 0 && follow("log"); },
    c: function () { return follow("chart", rowOfFocus() || document.createElement("p")); },
    a: function () { return focusIn(rowOfFocus(), "[data-shortcut='act']"); },
    g: function () { afterG = Date.now(); return true; },
  };

  document.addEventListener("keydown", function (event) {
    if (event.defaultPrevented || event.isComposing || event.repeat) { return; }
    var form = event.target.closest("main form[method=post]");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("button[type=submit]:not([name])"));
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open || !isOn()) { return; }
    if (event.target.closest("input, select, textarea, [contenteditable]")) { return; }
    var key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    var second = Date.now() - afterG < 1500;
    afterG = 0;
    var done = second ? follow("g " + key) : Object.hasOwn(KEYS, key) && KEYS[key]();
    if (done) { event.preventDefault(); }
  });

  // "/" on a page without a search field goes to the patients, and into their search.
  if (location.hash === "#find" && document.querySelector(SEARCH)) { document.querySelector(SEARCH).focus(); }
})();
