// What was typed and not sent is kept in this browser, through a lost connection or a session that ended, and offered again.
// It is sealed with a key that only this person's pages carry, bound to its own name, and thrown away after a long shift.
// It goes back to the page that it was typed on and to no other, with its form's token: what was saved after all is
// not stored twice, and the server refuses a form that was opened for another patient.
(function () {
  "use strict";
  var PREFIX = "kyphotrack.unsent:", SENT = "kyphotrack.sent", LONGEST = 12 * 60 * 60 * 1000;
  // `patients`: whom a shift takes over is ticked by what is known of each now, never by what was known then.
  var NOT_KEPT = ["csrfmiddlewaretoken", "redisplay", "patients", "seen"];
  var person = document.body.dataset.person;
  var mine = PREFIX + person + ":";
  var store;
  try { store = window.localStorage; } catch (refused) { return; }
  if (!store) { return; }

  function names(prefix) { return Object.keys(store).filter(function (name) { return name.startsWith(prefix); }); }

  // Whoever opens any page, also signed out, sweeps out what is too old.
  names(PREFIX).forEach(function (name) {
    var age = NaN;
    try { age = Date.now() - JSON.parse(store.getItem(name)).at; } catch (unreadable) { /* goes too */ }
    if (!(age < LONGEST)) { store.removeItem(name); }
  });
  if (!person || !window.crypto || !crypto.subtle) { return; } // unsealed it would be readable by the next person

  function bytes(text) { return Uint8Array.from(atob(text), function (one) { return one.charCodeAt(0); }); }
  function text(buffer) { return btoa(Array.from(new Uint8Array(buffer), function (one) { return String.fromCharCode(one); }).join("")); }
  var key = crypto.subtle.importKey("raw", bytes(document.body.dataset.unsentKey), "AES-GCM", false, ["encrypt", "decrypt"]);
  function how(name, iv) { return { name: "AES-GCM", iv: iv, additionalData: new TextEncoder().encode(name) }; }

  async function keep(name, record) {
    var iv = crypto.getRandomValues(new Uint8Array(12));
    var data = await crypto.subtle.encrypt(how(name, iv), await key, new TextEncoder().encode(JSON.stringify(record)));
    try { store.setItem(name, JSON.stringify({ at: record.at, iv: text(iv), data: text(data) })); } catch (full) { /* leaving still asks */ }
  }
  async function read(name) {
    try {
      var sealed = JSON.parse(store.getItem(name));
      var plain = await crypto.subtle.decrypt(how(name, bytes(sealed.iv)), await key, bytes(sealed.data));
      return Object.assign(JSON.parse(new TextDecoder().decode(plain)), { name: name });
    } catch (damaged) {
      store.removeItem(name);
      return null;
    }
  }
  async function kept() {
    var records = await Promise.all(names(mine).map(read));
    return records.filter(Boolean).sort(function (a, b) { return b.at - a.at; });
  }

  // Did the form that this tab sent go through? Then the server sent us on to another page.
  var isAnswer = "answer" in document.body.dataset; // the page answers a form: that is, it was not saved
  var sent = JSON.parse(sessionStorage.getItem(SENT) || "null");
  var went = performance.getEntriesByType("navigation")[0];
  if (!isAnswer) {
    sessionStorage.removeItem(SENT);
    if (sent && sent.name.startsWith(mine) && went && went.redirectCount && document.referrer === sent.page) {
      store.removeItem(sent.name);
    }
  }

  function fieldsOf(form) {
    return Array.from(new FormData(form)).filter(function (pair) {
      return typeof pair[1] === "string" && !NOT_KEPT.includes(pair[0]);
    });
  }
  function actionOf(form) { return new URL(form.getAttribute("action") || "", location.href).pathname; }
  function words(selector) { var found = document.querySelector(selector); return found ? found.textContent.trim() : ""; }

  // One form that is open: what it held when it came, and under which name its words are kept.
  function Open(form) {
    var goesOn = isAnswer && sent && sent.name.startsWith(mine) && sent.action === actionOf(form);
    this.form = form;
    this.name = goesOn ? sent.name : mine + crypto.randomUUID();
    this.path = goesOn ? sent.path : location.pathname;
    this.untouched = goesOn ? null : JSON.stringify(fieldsOf(form));
  }
  Open.prototype.keep = function () {
    var fields = fieldsOf(this.form);
    if (JSON.stringify(fields) === this.untouched) { store.removeItem(this.name); return Promise.resolve(); }
    return keep(this.name, {
      at: Date.now(), path: this.path, action: actionOf(this.form), fields: fields,
      title: words("main h1") || document.title, patient: words("main .patient-name"),
    });
  };
  Open.prototype.putBack = function (record) {
    this.name = record.name;
    fill(this.form, record.fields);
  };

  function fill(form, fields) {
    var values = {};
    fields.forEach(function (pair) { (values[pair[0]] = values[pair[0]] || []).push(pair[1]); });
    // Rows that were added by hand are added again.
    form.querySelectorAll("[data-add-row]").forEach(function (button) {
      var prefix = button.dataset.addRow + "-", total = Number((values[prefix + "TOTAL_FORMS"] || [])[0]);
      for (var more = 0; more < 20 && !(Number(form.querySelector("[name='" + prefix + "TOTAL_FORMS']").value) >= total); more++) { button.click(); }
    });
    var seen = {};
    Array.from(form.elements).forEach(function (field) {
      if (!field.name || NOT_KEPT.includes(field.name) || ["submit", "button", "file"].includes(field.type)) { return; }
      var wanted = values[field.name] || [], changed = false;
      if (field.type === "checkbox" || field.type === "radio") {
        changed = field.checked !== wanted.includes(field.value);
        field.checked = wanted.includes(field.value);
      } else if (field.type === "select-multiple") {
        Array.from(field.options).forEach(function (option) {
          changed = changed || option.selected !== wanted.includes(option.value);
          option.selected = wanted.includes(option.value);
        });
      } else {
        seen[field.name] = (seen[field.name] || 0) + 1;
        var value = wanted[seen[field.name] - 1];
        changed = value !== undefined && field.value !== value;
        if (changed) { field.value = value; }
      }
      if (!changed) { return; }
      var row = field.closest("[data-rows] > *"), folded = field.closest("details");
      if (row) { row.hidden = false; }
      if (folded && field.type !== "hidden") { folded.open = true; }
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  function clock(at) {
    var today = new Date(at).toDateString() === new Date().toDateString();
    var zone = document.querySelector("[data-time-zone]");
    return new Intl.DateTimeFormat(document.documentElement.lang, Object.assign(
      { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, today ? {} : { day: "numeric", month: "short" },
      zone ? { timeZone: zone.dataset.timeZone } : {})).format(at);
  }
  function show(template, record, before) {
    var notice = document.getElementById(template).content.firstElementChild.cloneNode(true);
    notice.querySelectorAll("[data-typed-at]").forEach(function (place) { place.textContent = clock(record.at); });
    notice.querySelector("[data-throw-away]").addEventListener("click", function () {
      store.removeItem(record.name);
      notice.remove();
      document.getElementById("content").focus();
    });
    before.before(notice);
    return notice;
  }
  function offer(record, open) {
    var first = open.form.closest(".bedside") || open.form;
    var notice = show("unsent-offer", record, first);
    notice.querySelector("[data-put-back]").addEventListener("click", function () {
      open.putBack(record);
      notice.replaceWith(document.getElementById("unsent-put-back").content.firstElementChild.cloneNode(true));
      open.form.querySelector("input:not([type=hidden]), select, textarea").focus();
    });
  }
  function tell(record) {
    var first = document.querySelector("main h1");
    if (!first) { return; }
    var notice = show("unsent-elsewhere", record, first);
    var link = notice.querySelector("a");
    link.href = record.path;
    link.textContent = [record.title, record.patient].filter(Boolean).join(": ");
  }

  var opened = Array.from(document.querySelectorAll("main form[method=post]")).filter(function (form) {
    return !form.closest("[data-live]") && form.querySelector("input:not([type=hidden]), select, textarea");
  }).map(function (form) { return new Open(form); });
  // From here on only a form that is sent anew counts: an answer that is left by a link or a switch was not saved.
  if (isAnswer) { sessionStorage.removeItem(SENT); }
  function openOf(form) { return opened.find(function (one) { return one.form === form; }); }

  var waiting = 0;
  ["input", "click"].forEach(function (what) { // a click: a button that fills in several answers
    document.addEventListener(what, function (event) {
      var form = event.target.closest("main form"), open = form && openOf(form);
      if (!open) { return; }
      clearTimeout(waiting);
      waiting = setTimeout(function () { waiting = 0; open.keep(); }, 300);
    });
  });
  document.addEventListener("visibilitychange", function () {
    if (document.hidden && waiting) { opened.forEach(function (open) { open.keep(); }); }
  });
  document.addEventListener("submit", function (event) {
    var open = openOf(event.target);
    if (!open) { return; }
    clearTimeout(waiting);
    waiting = 0;
    sessionStorage.setItem(SENT, JSON.stringify({
      name: open.name, path: open.path, action: actionOf(open.form), page: location.href.split("#")[0],
    }));
  });
  // sending.js asks for this before it lets a form go.
  window.kyphotrackKeep = function (form) { var open = openOf(form); return open ? open.keep() : Promise.resolve(); };

  // Signing out leaves nothing behind; whoever has words that were not sent is asked.
  document.addEventListener("submit", function (event) {
    if (!event.target.matches(".sign-out") || names(mine).length === 0) { return; }
    if (window.confirm(event.target.dataset.unsentQuestion)) {
      opened = [];
      names(mine).forEach(function (name) { store.removeItem(name); });
    } else {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  if (!isAnswer) {
    kept().then(function (records) {
      records.forEach(function (record) {
        var open = record.path === location.pathname &&
          opened.find(function (one) { return actionOf(one.form) === record.action; });
        if (open) { offer(record, open); } else if (document.querySelector("[data-live]")) { tell(record); }
      });
    });
  }
})();
