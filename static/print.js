// A button that prints; without a script the browser's own menu does. A page made for paper opens the dialogue by itself.
(function () {
  "use strict";
  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });
  if (document.querySelector("[data-print-at-once]")) { window.addEventListener("load", function () { window.print(); }); }
})();
