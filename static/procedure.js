// Adds a row to a row set, and fills untouched items of an examination on an explicit act.
(function () {
  "use strict";
  document.addEventListener("click", function (event) {
    var add = event.target.closest("[data-add-row]");
    if (add) {
      var prefix = add.dataset.addRow;
      var total = document.querySelector("[name='" + prefix + "-TOTAL_FORMS']");
      var number = Number(total.value);
      var template = document.querySelector("template[data-row-of='" + prefix + "']");
      var holder = document.querySelector("[data-rows='" + prefix + "']");
      holder.insertAdjacentHTML("beforeend",
        template.innerHTML.replace(/__prefix__/g, number).replace(/__number__/g, number + 1));
      total.value = number + 1;
      holder.lastElementChild.querySelector("select, input").focus();
    }
    var fill = event.target.closest("[data-fill]");
    if (fill) {
      document.querySelectorAll("select[name^='" + fill.dataset.fill + "']").forEach(function (item) {
        if (item.value === "") { item.value = fill.dataset.with; }
      });
    }
  });
})();
