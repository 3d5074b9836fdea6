// A live list: htmx fetches it again every 15 seconds. What a person is looking at, typing or pressing stays in its
// place, and when no answer comes the page says since when.
(function () {
  "use strict";
  var live = document.querySelector("[data-live]");
  var notice = document.getElementById("not-refreshed");
  if (!live || !notice) { return; }

  var GREY_AFTER = 30000, RED_AFTER = 90000;
  var lastContact = Date.now();
  var busy = false;
  var kept = null;
  var verbChangedAt = 0;

  // A button that is replaced between press and release would swallow the tap, and a half-composed letter the word.
  document.addEventListener("pointerdown", function () { busy = true; });
  document.addEventListener("compositionstart", function () { busy = true; });
  ["pointerup", "pointercancel", "compositionend"].forEach(function (name) {
    document.addEventListener(name, function () { setTimeout(function () { busy = false; }, 0); });
  });

  function inView(element) {
    var box = element.getBoundingClientRect();
    return box.bottom > 0 && box.top < window.innerHeight;
  }

  function rowInSight(focused) {
    if (focused && inView(focused)) { return focused.closest("[data-row]"); }
    if (window.scrollY === 0) { return null; } // at the top, the most dangerous patient belongs on top
    return Array.prototype.find.call(live.querySelectorAll("[data-row]"), inView) || null;
  }

  function keep() {
    var focused = live.contains(document.activeElement) ? document.activeElement : null;
    var row = rowInSight(focused);
    var focusedRow = focused && focused.closest("[data-row]");
    kept = {
      verbs: verbs(),
      row: row && { id: row.id, top: row.getBoundingClientRect().top },
      focusedRow: focusedRow && focusedRow.id,
      typed: Array.prototype.filter.call(live.querySelectorAll("input:not([type=hidden]), select, textarea"), function (box) {
        return box.id && box.value;
      }).map(function (box) {
        var caret = box === focused && box.setSelectionRange ? [box.selectionStart, box.selectionEnd] : null;
        return { id: box.id, value: box.value, caret: caret };
      }),
    };
  }

  function verbs() {
    return Array.prototype.map.call(live.querySelectorAll("[data-shortcut=act]"), function (one) { return one.id; }).join();
  }
  // A button that has just become another one under the finger is not what was meant.
  live.addEventListener("click", function (event) {
    if (Date.now() - verbChangedAt < 700 && event.target.closest("button")) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, true);

  function restore() {
    if (!kept) { return; }
    if (verbs() !== kept.verbs) { verbChangedAt = Date.now(); }
    kept.typed.forEach(function (typed) {
      var box = document.getElementById(typed.id);
      if (!box) { return; }
      box.value = typed.value;
      if (typed.caret) { box.setSelectionRange(typed.caret[0], typed.caret[1]); }
    });
    // htmx gives the focus back by id. Where that control is gone, the row's first one takes it.
    if (kept.focusedRow && !live.contains(document.activeElement)) {
      var row = document.getElementById(kept.focusedRow);
      ((row && row.querySelector("a, button, input, select")) || live).focus({ preventScroll: true });
    }
    var seen = kept.row && document.getElementById(kept.row.id);
    if (seen) { window.scrollBy({ top: seen.getBoundingClientRect().top - kept.row.top, behavior: "instant" }); }
    kept = null;
  }

  function sayHowOld() {
    var silence = Date.now() - lastContact;
    var state = silence > RED_AFTER ? "lost" : silence > GREY_AFTER ? "old" : "";
    if (live.dataset.stale === state) { return; }
    live.dataset.stale = notice.dataset.stale = state;
    var asOf = document.getElementById("as-of");
    notice.textContent = state && asOf
      ? notice.dataset.words.replace("{}", asOf.textContent)
      : "";
  }

  live.addEventListener("htmx:beforeSwap", function (event) {
    var xhr = event.detail.xhr;
    if (xhr.responseURL && new URL(xhr.responseURL).pathname !== live.getAttribute("hx-get").split("?")[0]) {
      event.detail.shouldSwap = false; // the session ended: the answer is the sign-in page
      window.location.reload();
    } else if (busy || xhr.status !== 200) {
      event.detail.shouldSwap = false;
    } else {
      keep();
    }
  });
  live.addEventListener("htmx:afterSwap", function () {
    lastContact = Date.now();
    restore();
    sayHowOld();
  });
  // A page that comes back from the background or by the back button is looked at again at once.
  document.addEventListener("visibilitychange", function () {
    if (!document.hidden) { window.htmx.trigger(live, "look-again"); }
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) { window.htmx.trigger(live, "look-again"); }
  });
  setInterval(sayHowOld, 1000);
})();
