// Leaving a page with something typed and not sent asks first. A page that came back with a problem is not sent either.
(function () {
  "use strict";
  var unsaved = Boolean(document.querySelector("[data-unsaved], #problems"));
  document.addEventListener("input", function (event) {
    unsaved = unsaved || Boolean(event.target.closest("main form[method=post]"));
  });
  document.addEventListener("submit", function (event) {
    if (event.target.matches("main form[method=post]")) { unsaved = false; } // not the switch of the language
  });
  window.addEventListener("beforeunload", function (event) {
    if (unsaved) { event.preventDefault(); }
  });
})();
