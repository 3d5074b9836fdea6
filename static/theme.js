// Day or night at once, without a new page: what is typed stays. The server keeps the choice as a cookie.
(function () {
  "use strict";
  document.addEventListener("submit", function (event) {
    var form = event.target, pressed = event.submitter;
    if (!form.matches(".theme-switch") || !pressed) { return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    var choice = new FormData(form, pressed);
    fetch(form.action, { method: "POST", body: choice, redirect: "manual" }).catch(function () { /* for this page it holds */ });
    if (pressed.value === "auto") {
      document.documentElement.removeAttribute("data-bs-theme");
    } else {
      document.documentElement.setAttribute("data-bs-theme", pressed.value);
    }
    form.querySelectorAll("button").forEach(function (button) { button.setAttribute("aria-pressed", button === pressed); });
  }, true);
})();
