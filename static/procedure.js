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

  // A person's own act: what was examined and is still blank gets the same answer.
  document.querySelectorAll("[data-fill]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var blank = document.querySelectorAll("input[type=radio][name^='" + button.dataset.fill + "'][value='']:checked");
      blank.forEach(function (radio) {
        document.querySelector("input[name='" + radio.name + "'][value='" + button.dataset.with + "']").checked = true;
      });
      button.nextElementSibling.textContent = blank.length + " marked";
    });
  });
})();
