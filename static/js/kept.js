// What is said at a desk is kept in this browser until the server has it: a cut network and a closed tab lose nothing
// (docs/decisions/0034). Without this file each answer is saved by its button.
(() => {
  const panel = document.getElementById("kept");
  if (!panel) return;
  const { user, interview, deskUrl, sheetsUrl, language } = panel.dataset;
  const PREFIX = `kept:${user}:`;
  const FIRST_PAUSE = 2_000, LONGEST_PAUSE = 60_000, PATIENCE = 15_000, BEFORE_SHEETS = 1_200, SHORT_WAIT = 100, AGAIN = 5;
  // As long as the server knows the key of words that were sent; after it somebody has to look.
  const KNOWN_FOR = 6 * 24 * 3600 * 1000;

  // ---- The shelf: one entry for each question, and one for each words that were finished.
  const shelf = (() => { try { return window.localStorage; } catch { return null; } })();
  const memory = new Map();
  const keyOf = (entry) => `${PREFIX}${entry.interview}:${entry.slot}:${entry.tab}`;
  const put = (entry) => {
    try {
      shelf.setItem(keyOf(entry), JSON.stringify(entry));
      memory.delete(keyOf(entry));
    } catch { memory.set(keyOf(entry), entry); }
  };
  // What was changed meanwhile is another entry under the same key: it stays.
  const update = (entry, changes) => { if (read(keyOf(entry))?.id === entry.id) put({ ...entry, ...changes }); };
  const drop = (entry) => { shelf?.removeItem(keyOf(entry)); memory.delete(keyOf(entry)); };
  const read = (key) => {
    if (memory.has(key)) return memory.get(key);
    try { return JSON.parse(shelf.getItem(key)); } catch { return null; }
  };
  const entries = () => [...new Set([...Object.keys(shelf ?? {}), ...memory.keys()])]
    .filter((key) => key.startsWith(PREFIX)).map(read).filter(Boolean).sort((one, other) => one.at - other.at);
  const here = (entry) => entry.interview === interview;

  // ---- Tabs: each sends what it kept itself, and what a closed one left behind.
  const hex = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  // Each page has a name of its own and holds a lock of that name for as long as it is open.
  const tab = hex();
  const claim = () => new Promise((resolve) => {
    if (!navigator.locks) { resolve(); return; }
    navigator.locks.request(`kept-tab:${tab}`, () => {
      resolve();
      return new Promise((leave) => { addEventListener("pagehide", leave, { once: true }); });
    });
  });
  const openTabs = async () => new Set(navigator.locks ? (await navigator.locks.query()).held.map((lock) => lock.name) : []);
  const isOurs = (entry, tabs) => entry.tab === tab || !tabs.has(`kept-tab:${entry.tab}`);

  // ---- Forms
  const hand = () => document.getElementById("hand");
  const sheets = new Map();
  const formsOf = (slot) => [document, ...sheets.values()]
    .flatMap((root) => [...root.querySelectorAll("form[data-desk]")]).filter((form) => form.dataset.slot === slot);
  const valueOf = (fields, name) => fields.find(([each]) => each === name)?.[1] ?? "";
  const withValue = (fields, name, value) => [...fields.filter(([each]) => each !== name), [name, value]];
  const fieldsOf = (form, submitter) => {
    const fields = [...new FormData(form)].filter(([name]) => !["csrfmiddlewaretoken", "then", "made_at"].includes(name));
    if (submitter?.name && submitter.name !== "then") fields.push([submitter.name, submitter.value]);
    return fields;
  };
  const isBlank = (form) => ![...form.querySelectorAll("textarea, input:not([type=hidden], [type=radio])")].some((field) => field.value.trim())
    && !form.querySelector("input:checked");
  const keep = (form, state, submitter) => {
    // Empty, it says that nothing was said, which takes the place of what stood there.
    const adds = "words" in form.dataset || ("adds" in form.dataset && !(state === "waiting" && isBlank(form)));
    const id = hex(), now = new Date();
    const slot = adds && state === "waiting" ? `${form.dataset.slot}~${id}` : form.dataset.slot;
    const fields = withValue(withValue(fieldsOf(form, submitter), "entry", id), "made_at", now.toISOString());
    const entry = {
      id, interview, slot, tab, state, fields, adds, at: now.getTime(), url: new URL(form.action).pathname, label: form.dataset.label,
    };
    if (slot !== form.dataset.slot) drop({ ...entry, slot: form.dataset.slot });
    if (state === "typing" && adds && isBlank(form)) drop(entry);
    else put(entry);
    return entry;
  };
  const fill = (form, fields) => {
    for (const field of form.elements) {
      if (!field.name || ["csrfmiddlewaretoken", "entry"].includes(field.name) || field.type === "submit") continue;
      const values = fields.filter(([name]) => name === field.name).map(([, value]) => value);
      if (["radio", "checkbox"].includes(field.type)) field.checked = values.includes(field.value);
      else if (values.length) field.value = values[0];
    }
  };
  const clear = (form) => {
    for (const field of form.querySelectorAll("textarea, input:not([type=hidden], [type=radio])")) field.value = "";
    for (const field of form.querySelectorAll("input:checked")) field.checked = false;
  };

  // ---- What the page says
  const MISSING = "This question is not in this browser. What you said is kept; go on when the connection is back.";
  const UNFINISHED = "Not completed: something is typed and not saved. Save it, or clear it.";
  let isSending = false, isCut = false, isSignedOut = false, isSomebodyElse = false, notice = "";
  const line = () => {
    const all = entries().filter(here);
    const count = (state) => all.filter((entry) => entry.state === state).length;
    const [waiting, conflicts, typing] = [count("waiting"), count("conflict"), count("typing")];
    if (notice) return notice;
    if (memory.size) return "Not kept: this browser has no room. Save before you close it.";
    if (isSending && waiting) return "saving …";
    const parts = [];
    if (waiting) parts.push(`kept in this browser, ${waiting} ${waiting === 1 ? "waits" : "wait"}`);
    if (conflicts) parts.push(`conflict: ${conflicts} ${conflicts === 1 ? "answer was" : "answers were"} changed meanwhile`);
    if (!parts.length && typing) parts.push("typing is kept in this browser");
    return parts.join("; ");
  };
  const why = () => {
    if (isSomebodyElse) return "Kept in this browser: somebody else is signed in here now. It is sent when you are signed in again.";
    if (isSignedOut) return "Kept in this browser: you are signed out. It is sent when you are signed in again.";
    if (isCut) return "Kept in this browser: the connection is cut. It is sent when it is back, also after this tab was closed and opened again.";
    return "Not saved yet: look at each.";
  };
  const STATES = { waiting: "waits", typing: "half typed, not sent", conflict: "was changed meanwhile: choose", refused: "not saved", old: "was perhaps saved: look whether it is there" };
  const button = (text, act) => Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm", textContent: text, onclick: act });
  const row = (entry) => {
    const item = document.createElement("li"), link = document.createElement("a"), state = document.createElement("span");
    const text = entry.adds ? valueOf(entry.fields, "text").slice(0, 80) : "";
    link.href = `${deskUrl.replace(`/${interview}/`, `/${entry.interview}/`)}?q=${encodeURIComponent(entry.slot.split("~")[0])}`;
    link.textContent = text ? `${entry.label}: ${text}` : entry.label;
    link.dir = "auto";
    state.className = "meta";
    state.textContent = `${new Date(entry.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })}, ${STATES[entry.state]}${entry.why ? `. ${entry.why}` : ""}`;
    item.append(link, state);
    if (entry.state === "old") item.append(button("Send again", () => { put({ ...entry, state: "waiting", tried: 0 }); flush(); }));
    if (["refused", "old"].includes(entry.state)) item.append(button("Drop", () => { drop(entry); paint(); }));
    return item;
  };
  const paint = () => {
    const text = line();
    const state = document.getElementById("saved");
    if (state) {
      state.querySelector("[data-line]").textContent = text;
      state.querySelector("[data-line]").hidden = !text;
      state.querySelector("[data-told]").hidden = Boolean(text);
    }
    const isStuck = isCut || isSignedOut || isSomebodyElse;
    const slot = hand()?.dataset.key;
    const listed = entries().filter((entry) => (entry.state === "waiting" && isStuck)
      || (["conflict", "refused"].includes(entry.state) && !(here(entry) && entry.slot === slot)) || entry.state === "old"
      || (entry.state === "typing" && here(entry) && ![slot, "words"].includes(entry.slot)));
    panel.hidden = !listed.length;
    const head = panel.querySelector("[data-why]");
    if (head.textContent !== why()) head.textContent = why();
    if (listed.length && !isStuck) panel.querySelector("details").open = true;
    panel.querySelector("[data-waiting]").replaceChildren(...listed.map(row));
    const signIn = panel.querySelector("[data-sign-in]");
    signIn.hidden = !(isSignedOut || isSomebodyElse);
    signIn.firstElementChild.href = `${panel.dataset.signInUrl}?next=${encodeURIComponent(location.pathname + location.search)}`;
  };

  // ---- Sending: in order, one after the other; whatever is uncertain is sent again, which changes nothing.
  let token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  let pause = FIRST_PAUSE, timer = 0, running = Promise.resolve();
  const saved = new Map();
  const parse = async (response) => new DOMParser().parseFromString(await response.text(), "text/html");
  const ask = (url, options = {}) => fetch(url, {
    ...options, redirect: "manual", signal: AbortSignal.timeout(PATIENCE), headers: { "HX-Request": "true", "X-CSRFToken": token },
  });
  const post = (entry) => ask(entry.url, { method: "POST", body: new URLSearchParams(entry.fields), keepalive: JSON.stringify(entry).length < 50_000 });
  const swap = (page, id) => {
    const [old, found] = [document.getElementById(id), page.getElementById(id)];
    if (old && found) { old.replaceWith(found); window.htmx?.process(found); }
  };

  const accept = (entry, page) => {
    const now = read(keyOf(entry)), told = page.getElementById("saved"), slot = entry.slot;
    const version = told?.dataset.version ?? "";
    saved.set(entry.id, { after: told?.dataset.after ?? "" });
    if (!now || now.id === entry.id) drop(entry);
    else put({ ...now, fields: withValue(now.fields, "made_on", version) });
    if (!here(entry)) return;
    if (page.getElementById("words")) takeWords(page);
    for (const form of formsOf(slot)) {
      // A question that was brought along before this was saved shows what stood there then.
      if (!hand().contains(form)) fill(form, entry.fields);
      form.elements.made_on.value = version;
    }
    if (!told) return;
    const nav = document.querySelector("#questions [aria-current]")?.href;
    page.getElementById("questions")?.removeAttribute("hx-swap-oob");
    swap(page, "questions");
    mark(nav);
    if (hand()?.dataset.key === slot.split("~")[0]) {
      swap(page, "saved");
      hand().querySelector("#conflict").replaceChildren();
    }
  };
  // The words that are being typed now stay where they are.
  const takeWords = (page) => {
    const form = document.querySelector("form[data-words]"), field = document.activeElement;
    const [from, to] = [field?.selectionStart, field?.selectionEnd];
    const fresh = page.querySelector("form[data-words]");
    if (!form || !fresh) return;
    fresh.replaceWith(form);
    swap(page, "words");
    if (form.contains(field)) { field.focus(); if (from !== undefined && from !== null) field.setSelectionRange(from, to); }
  };
  const refuse = (entry, page, status) => {
    const isInHand = here(entry) && hand()?.dataset.key === entry.slot;
    const found = [...page.querySelectorAll("#saved .invalid-feedback, #words > .invalid-feedback")].map((each) => each.textContent.trim());
    const said = found.join(" ") || (status === 404 ? "It is not asked here any more." : `The program answered ${status}.`);
    const form = document.querySelector("form[data-words]");
    if (page.getElementById("words") && here(entry) && form && isBlank(form)) {
      drop(entry);
      fill(form, entry.fields);
      keep(form, "typing");
      for (const old of document.querySelectorAll("#words > .invalid-feedback")) old.remove();
      form.before(...page.querySelectorAll("#words > .invalid-feedback"));
      return;
    }
    update(entry, { state: "refused", why: said });
    if (isInHand) swap(page, "saved");
  };
  const disagree = (entry, page) => {
    update(entry, { state: "conflict" });
    if (here(entry) && hand()?.dataset.key === entry.slot) {
      swap(page, "conflict");
      hand().querySelector("#conflict button")?.focus();
    }
  };

  // Whether the session is still that of the person who typed; brings a token that counts.
  const isStillUs = async () => {
    const response = await ask(`${sheetsUrl}?q=${encodeURIComponent(hand()?.dataset.key ?? "")}&lang=${language}`);
    if (response.type === "opaqueredirect") { isSignedOut = true; return false; }
    const root = response.ok && (await parse(response)).querySelector("[data-sheets]");
    if (!root) return false;
    isSomebodyElse = root.dataset.user !== user;
    if (isSomebodyElse) return false;
    token = root.dataset.token;
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
    take(root);
    return true;
  };
  const take = (root) => {
    for (const template of root.querySelectorAll("template")) {
      const sheet = template.content.firstElementChild;
      if (sheet.dataset.key !== hand()?.dataset.key && !sheets.has(sheet.dataset.key)) sheets.set(sheet.dataset.key, sheet);
    }
  };

  const send = async (entry, isSecond = false) => {
    update(entry, { tried: entry.tried || Date.now() });
    let response;
    try {
      response = await post(entry);
      if (response.status === 403 && !isSecond && (await isStillUs())) return send(entry, true);
    } catch { isCut = true; return false; }
    isCut = response.status >= 500 || response.status === 429;
    if (response.type === "opaqueredirect") isSignedOut = true;
    if (isCut || isSignedOut || isSomebodyElse || response.status === 403) return false;
    pause = FIRST_PAUSE;
    const page = await parse(response);
    if (response.status === 409) disagree(entry, page);
    else if (response.ok) accept(entry, page);
    else refuse(entry, page, response.status);
    return true;
  };
  const sendAll = async () => {
    clearTimeout(timer);
    const tabs = await openTabs(), tried = new Set();
    isSignedOut = isSomebodyElse = false;
    for (;;) {
      const entry = entries().find((each) => each.state === "waiting" && !tried.has(each.id) && isOurs(each, tabs));
      if (!entry) break;
      tried.add(entry.id);
      if (entry.adds && entry.tried && Date.now() - entry.tried > KNOWN_FOR) { put({ ...entry, state: "old" }); continue; }
      isSending = true;
      paint();
      if (!(await send(entry))) break;
    }
    isSending = false;
    paint();
    // Also what another tab kept: it may close before the connection is back.
    if (entries().some((entry) => entry.state === "waiting")) {
      timer = setTimeout(flush, pause * (0.8 + Math.random() * 0.4));
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  };
  const flush = () => { running = running.then(sendAll, sendAll); return running; };

  // ---- Going on while the network is cut: the questions that this browser has.
  const keyIn = (href) => new URL(href, location.href).searchParams.get("q") ?? "";
  const mark = (href) => {
    for (const link of document.querySelectorAll("#questions a")) {
      if (href && keyIn(link.href) === keyIn(href)) link.setAttribute("aria-current", "step");
      else link.removeAttribute("aria-current");
    }
  };
  const go = (href) => {
    const key = keyIn(href), sheet = sheets.get(key);
    notice = sheet || key === hand()?.dataset.key ? "" : MISSING;
    if (sheet) {
      sheets.set(hand().dataset.key, hand());
      sheets.delete(key);
      hand().replaceWith(sheet);
      mark(href);
      history.replaceState(null, "", href);
      restore(sheet.querySelector("form[data-desk]"));
      const heading = sheet.querySelector(".read-aloud");
      heading.tabIndex = -1;
      heading.focus();
      scrollTo({ top: 0 });
    }
    paint();
  };
  const isOffline = () => isCut || navigator.onLine === false;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("#questions a, #hand a[data-key]");
    if (!link || !isOffline() || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(link.href);
  }, true);
  const addressOf = (key) => `${deskUrl}?q=${encodeURIComponent(key)}${language ? `&lang=${language}` : ""}`;
  const following = () => {
    const links = [...document.querySelectorAll("#questions a")];
    return links[links.findIndex((link) => link.hasAttribute("aria-current")) + 1]?.href;
  };

  // ---- What is typed, changed, sent
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-desk], form[data-words]");
    if (!form || event.target.matches("[type=radio]")) return;
    notice = "";
    keep(form, "typing");
    paint();
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-desk], form[data-words]");
    if (!form) return;
    notice = "";
    const isDone = "desk" in form.dataset && !("byButton" in form.dataset);
    keep(form, isDone ? "waiting" : "typing");
    paint();
    if (isDone) flush();
  });
  const sent = async (form, submitter) => {
    if ("words" in form.dataset && isBlank(form)) { form.querySelector("textarea").focus(); return; }
    const entry = keep(form, "waiting", submitter);
    if (entry.adds) clear(form);
    paint();
    await flush();
    if ("words" in form.dataset) return;
    const goesOn = submitter?.name === "then";
    if (saved.has(entry.id)) {
      const { after } = saved.get(entry.id);
      location.assign(addressOf((goesOn && after) || form.dataset.slot));
    } else if (goesOn && read(keyOf(entry))?.state === "waiting" && following()) go(following());
  };
  const chosen = async (form) => {
    const slot = form.dataset.conflict;
    const entry = entries().find((each) => here(each) && each.slot === slot && each.state === "conflict");
    const fields = fieldsOf(form);
    const resolved = { id: hex(), interview, slot, tab, adds: false, at: Date.now(), label: slot, ...entry, state: "waiting", fields, url: new URL(form.action).pathname };
    put(resolved);
    await flush();
    if (saved.has(resolved.id)) location.assign(addressOf(slot));
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("form[data-desk], form[data-words], form[data-conflict]")) {
      event.preventDefault();
      if (form.matches("[data-conflict]")) chosen(form);
      else sent(form, event.submitter);
    } else if (form.matches("form[data-complete]") && entries().some((entry) => here(entry) && entry.state !== "old")) {
      // Completed, it would take no more: what waits goes first, and what cannot go is shown.
      event.preventDefault();
      for (const each of document.querySelectorAll("form[data-desk]:not([data-by-button])")) {
        if (entries().some((entry) => here(entry) && entry.slot === each.dataset.slot && entry.state === "typing")) keep(each, "waiting");
      }
      flush().then(() => {
        if (!entries().some((entry) => here(entry) && entry.state !== "old")) form.requestSubmit();
        else {
          notice = UNFINISHED;
          paint();
          document.getElementById("saved")?.scrollIntoView({ block: "center" });
        }
      });
    }
  }, true);
  panel.querySelector("[data-send]").addEventListener("click", () => flush());

  // ---- Opened again
  const restore = (form, tabs = new Set()) => {
    if (!form) return;
    const found = entries().filter((entry) => here(entry) && entry.slot === form.dataset.slot && isOurs(entry, tabs)).at(-1);
    if (!found) return;
    if (found.tab !== tab && !read(keyOf({ ...found, tab }))) {
      drop(found);
      put({ ...found, tab });
    }
    if (found.slot !== "words" || isBlank(form)) fill(form, found.fields);
  };
  const open = async () => {
    await claim();
    let tabs = await openTabs();
    // The page before this one may be about to close: what it kept is for this one.
    for (let times = 0; times < AGAIN && entries().some((entry) => here(entry) && !isOurs(entry, tabs)); times += 1) {
      await new Promise((resolve) => { setTimeout(resolve, SHORT_WAIT); });
      tabs = await openTabs();
    }
    // What was refused or in conflict is tried anew: it may have been put right meanwhile.
    for (const entry of entries()) {
      if (["refused", "conflict"].includes(entry.state) && isOurs(entry, tabs)) put({ ...entry, state: "waiting", why: "" });
    }
    restore(document.querySelector("#hand form[data-desk]"), tabs);
    restore(document.querySelector("form[data-words]"), tabs);
    paint();
    await flush();
    setTimeout(() => { if (!isOffline()) isStillUs().then(paint, () => { isCut = true; paint(); }); }, BEFORE_SHEETS);
  };
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  addEventListener("online", () => { pause = FIRST_PAUSE; isCut = false; notice = ""; flush(); });
  addEventListener("offline", () => { isCut = true; paint(); });
  addEventListener("storage", (event) => { if (event.key?.startsWith(PREFIX)) paint(); });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && entries().some((entry) => entry.state === "waiting")) flush();
  });
  open();
})();
