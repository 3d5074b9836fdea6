// Conveniences of the procedure and baseline pages. Every part of them works without a script.
(function () {
  "use strict";

  // Rows: one stands open, the others wait until they are wanted.
  function isEmpty(row) {
    return !row.querySelector(".invalid-feedback") &&
      Array.from(row.querySelectorAll("input, select")).every(function (field) {
        return field.type === "checkbox" ? !field.checked : field.value === "";
      });
  }
  document.querySelectorAll("[data-rows]").forEach(function (holder) {
    Array.from(holder.children).forEach(function (row, number) { row.hidden = number > 0 && isEmpty(row); });
  });
  document.querySelectorAll("[data-add-row]").forEach(function (button) {
    var prefix = button.dataset.addRow;
    var holder = document.querySelector("[data-rows='" + prefix + "']");
    var total = document.querySelector("[name='" + prefix + "-TOTAL_FORMS']");
    button.addEventListener("click", function (event) {
      event.preventDefault();
      var waiting = holder.querySelector(":scope > [hidden]");
      if (!waiting) {
        var number = Number(total.value);
        var template = document.querySelector("template[data-row-of='" + prefix + "']");
        holder.insertAdjacentHTML("beforeend",
          template.innerHTML.replace(/__prefix__/g, number).replace(/__number__/g, number + 1));
        total.value = number + 1;
        waiting = holder.lastElementChild;
      }
      waiting.hidden = false;
      waiting.querySelector("select").focus();
      var open = holder.querySelectorAll(":scope > :not([hidden])").length;
      button.hidden = open >= Number(holder.dataset.most);
    });
  });
})();
