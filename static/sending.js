// Before a form goes, one small question finds out whether the server can be reached. If not, the page stays with all that
// was typed, says so, and asks again until the form can go. Sent twice it is stored once: the form carries its own id.
(function () {
  "use strict";
  var EVERY = 5000, LONGEST = 4000;
  if (!HTMLFormElement.prototype.requestSubmit) { return; } // an old browser sends as it always did
  var going = new WeakSet(), asking = new WeakSet();

  // Any answer of our own server will do: a proxy may keep /healthz for itself.
  async function reachable() {
    var abort = new AbortController(), timer = setTimeout(function () { abort.abort(); }, LONGEST);
    try {
      var answer = await fetch("/healthz", { cache: "no-store", signal: abort.signal });
      return answer.status < 500 && !answer.redirected;
    } catch (unreachable) { return false; } finally { clearTimeout(timer); }
  }
  function pause(notice) {
    return new Promise(function (resolve) {
      setTimeout(resolve, EVERY);
      notice.querySelector("[data-try-now]").onclick = resolve;
    });
  }

  async function send(form, button) {
    var notice = null, stopped = false;
    try {
      if (window.kyphotrackKeep) { await window.kyphotrackKeep(form); }
    } catch (notKept) { /* it goes all the same */ }
    while (!stopped && !(await reachable())) {
      if (!notice) {
        notice = document.getElementById("no-connection").content.firstElementChild.cloneNode(true);
        notice.querySelector("[data-stop]").onclick = function () { stopped = true; notice.remove(); asking.delete(form); };
        form.after(notice);
      }
      await pause(notice);
    }
    if (stopped) { return; }
    if (notice) { notice.remove(); }
    asking.delete(form);
    // A live list may have been fetched anew meanwhile: the same form stands there again.
    if (!form.isConnected) {
      form = document.querySelector("main form[action='" + form.getAttribute("action") + "']");
      button = null;
    }
    if (!form) { return; }
    going.add(form);
    form.requestSubmit(button);
    going.delete(form);
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.matches("main form[method=post]") || going.has(form)) { return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (asking.has(form)) { return; } // a second tap
    asking.add(form);
    send(form, event.submitter);
  }, true);
})();
