// @ts-check
/**
 * `<flash-call>`: the forms of a phone verification, without a page load.
 *
 * Around forms, those of `django_flashcall.web`, it posts each to its own action, follows the attempt at `endpoint` and
 * moves on where the server says so. Without forms, `<flash-call endpoint="/api/phone/" purpose="signup">` draws its own
 * and works against the JSON API; `attempt="<id>"` goes on with an attempt that the site has started.
 *
 * Its parts, by `data-flashcall`: code (the field), message, countdown, expired, resend, fallback.
 * Its events, which bubble: `flashcall:changed` (detail: an attempt), `flashcall:verified` ({id, phone_number, proof}) and
 * `flashcall:error` ({error, detail, ...}; error is "no_answer" where there was none).
 * Its texts are in the language of the page; `<script type="application/json">{"start": "Call me"}</script>` inside it
 * changes any of TEXTS.
 */

/**
 * An attempt as the server tells it; its times are seconds from then.
 * @typedef {object} Attempt
 * @property {string} [id]
 * @property {string} status
 * @property {string} [phone_number]
 * @property {string | null} [channel]
 * @property {number} [code_length]
 * @property {number[]} code_lengths
 * @property {number} expires_in
 * @property {string | null} next_channel
 * @property {number | null} next_channel_in
 * @property {number | null} resend_in
 */
/** @typedef {{method: string, url: string, body?: FormData | object, key?: string}} Question */
/** What came back. Status 0: nothing. @typedef {{status: number, body: any, url?: string}} Answer */

const TIMEOUT = 20_000; // milliseconds; the server answers within 15 seconds
const RETRIES = [1_000, 3_000]; // milliseconds
const POLLS = 6; // at most, in the life of a code
const POLL_AT = [5, 10, 20]; // seconds after a code was sent
const POLL_APART = 3_000; // milliseconds, at least
const FINAL = ["verified", "canceled", "exhausted"];
/** What is said while a code is on its way, where that is not "sent". @type {Record<string, string>} */
const SAID = { flashcall: "calling", voice: "saying" };

/** @type {{en: Record<string, string>, uk: Record<string, string>, [language: string]: Record<string, string>}} */
const TEXTS = {
  en: {
    phone_number: "Phone number",
    start: "Continue",
    calling:
      "We are calling {phone}. You need not answer. Enter the last {digits} of the number that called: it is in your " +
      "recent calls. Do not call back, and never tell anybody the code.",
    saying: "We are calling {phone}. Answer, enter the {digits} that you hear, and never tell anybody the code.",
    sent: "We have sent a code to {phone}. Enter its {digits}, and never tell anybody the code.",
    digits_other: "{n} digits",
    code: "Code",
    check: "Confirm",
    resend: "Ask for another code",
    instead: "Try another way",
    instead_sms: "Use SMS instead",
    instead_viber_otp: "Use Viber instead",
    instead_voice: "Hear the code in a call",
    change: "Change number",
    works_for: "The code works for",
    checks_left: "Attempts left: {n}.",
    expired: "The code has expired. Ask for another.",
    failed: "The code could not be delivered.",
    exhausted: "Too many wrong codes. Start again.",
    canceled: "This verification was canceled.",
    verified: "{phone} is verified.",
    offline: "You are offline. This goes on when the connection is back.",
    no_answer: "The site does not answer. Check your connection and try again.",
    broken: "Something went wrong. Reload the page and try again.",
  },
  uk: {
    phone_number: "Номер телефону",
    start: "Продовжити",
    calling:
      "Ми телефонуємо на {phone}. Відповідати не потрібно. Введіть останні {digits} номера, з якого дзвонили: він є в " +
      "останніх викликах. Не передзвонюйте і нікому не кажіть код.",
    saying: "Ми телефонуємо на {phone}. Дайте відповідь, введіть {digits}, які почуєте, і нікому не кажіть код.",
    sent: "Ми надіслали код на {phone}. Введіть його {digits} і нікому не кажіть код.",
    digits_few: "{n} цифри",
    digits_other: "{n} цифр",
    code: "Код",
    check: "Підтвердити",
    resend: "Отримати інший код",
    instead: "Спробувати інакше",
    instead_sms: "Отримати SMS натомість",
    instead_viber_otp: "Отримати код у Viber",
    instead_voice: "Почути код у дзвінку",
    change: "Змінити номер",
    works_for: "Код діє ще",
    checks_left: "Залишилося спроб: {n}.",
    expired: "Термін дії коду минув. Попросіть інший.",
    failed: "Не вдалося доставити код.",
    exhausted: "Забагато неправильних кодів. Почніть знову.",
    canceled: "Цю перевірку скасовано.",
    verified: "{phone} підтверджено.",
    offline: "Немає з’єднання з мережею. Продовжимо, щойно воно відновиться.",
    no_answer: "Сайт не відповідає. Перевірте з’єднання і спробуйте ще раз.",
    broken: "Щось пішло не так. Перезавантажте сторінку і спробуйте ще раз.",
  },
};

class FlashCall extends HTMLElement {
  /** @type {Attempt | null} */ #attempt = null;
  #own = false; // whether the forms are drawn here
  #view = ""; // of these: start, code or end
  #told = 0; // when the server said how the attempt stands
  #sent = 0; // when the page learnt of the code
  #polls = 0;
  #asked = -Infinity; // when that was done last
  #steps = new Set(); // that this code has come to
  #busy = false;
  #key = ""; // of a request that nobody has answered yet, so that its repetition makes no second call
  /** What waits for the connection. @type {(() => void) | null} */ #waiting = null;
  /** @type {Record<string, string>} */ #texts = TEXTS.en;
  #plural = new Intl.PluralRules("en");
  #life = new AbortController();
  /** @type {AbortController | null} */ #otp = null;
  #message = make("p", { "data-flashcall": "message", role: "alert" });
  #voice = make("p", { class: "flashcall-voice", role: "status" });

  connectedCallback() {
    this.#life = new AbortController();
    const { signal } = this.#life;
    this.#own ||= !this.querySelector(":scope > :not(script)");
    this.#speak();
    this.addEventListener("submit", (event) => this.#submit(event), { signal });
    document.addEventListener("visibilitychange", () => this.#poll(), { signal });
    addEventListener("focus", () => this.#poll(), { signal }); // a window that lay beside another was visible all along
    addEventListener("pageshow", (event) => event.persisted && this.#work(false), { signal });
    addEventListener("offline", () => this.#say(this.#text("offline")), { signal });
    addEventListener("online", () => this.#reconnect(), { signal });
    const timer = setInterval(() => this.#tick(), 1_000);
    signal.addEventListener("abort", () => clearInterval(timer));
    if (!this.#own) this.append(this.#voice);
    if (!this.#own && this.hasAttribute("state")) this.#stand(described(this));
    if (this.#own && !this.#view) this.#resume();
  }

  disconnectedCallback() {
    this.#life.abort();
    this.#otp?.abort();
  }

  // --- Asking --------------------------------------------------------------------------------------------------------

  /** @param {SubmitEvent} event */
  async #submit(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (form.method !== "post") return;
    event.preventDefault();
    if (this.#busy) return; // a double click makes one call
    if (!navigator.onLine) {
      this.#waiting = () => form.requestSubmit(event.submitter);
      this.#say(this.#text("offline"));
      return;
    }
    if (form.name === "again") return this.#start();
    this.#work(true);
    this.#say("");
    const answer = await this.#ask(this.#own ? this.#question(form) : posted(form, event.submitter));
    const done = answer.status >= 200 && answer.status < 300;
    if (answer.status) this.#renew(form);
    if (done) this.#succeed(form, answer);
    else this.#refused(form, answer);
  }

  /** The form was answered: what is sent from it next is another request. @param {HTMLFormElement} form */
  #renew(form) {
    this.#key = "";
    const key = form.elements.namedItem("idempotency_key");
    if (key instanceof HTMLInputElement) key.value = random();
  }

  /** Ask; and again, where there is no answer and the server sees that it is the same request.
   * @param {Question} question
   * @returns {Promise<Answer>} */
  async #ask({ method, url, body, key }) {
    const headers = new Headers({ Accept: "application/json", "Accept-Language": this.#language() });
    if (new URL(url, location.href).origin === location.origin) headers.set("X-CSRFToken", csrf(this));
    if (key) headers.set("Idempotency-Key", key);
    if (body && !(body instanceof FormData)) headers.set("Content-Type", "application/json");
    const content = body instanceof FormData ? body : body && JSON.stringify(body);
    let answer = await send(url, { method, headers, body: content });
    // A form of the pages says of itself what it is, so that the server does once what it is sent twice.
    const again = method === "POST" && (key || !this.#own);
    for (const wait of again ? RETRIES : []) {
      const underWay = answer.body.error === "idempotency_conflict";
      if (answer.status && !underWay) break;
      await new Promise((resolve) => setTimeout(resolve, underWay ? answer.body.retry_after * 1_000 : wait));
      answer = await send(url, { method, headers, body: content });
    }
    return answer;
  }

  /** Return what a form of our own asks the API. @param {HTMLFormElement} form @returns {Question} */
  #question(form) {
    const typed = String(new FormData(form).values().next().value ?? "")
      .normalize("NFKC")
      .trim();
    const { code_lengths = [8], channel, next_channel } = this.#attempt ?? {};
    if (form.name === "start") {
      this.#key ||= random();
      const body = { phone_number: typed, purpose: this.getAttribute("purpose") ?? "signup" };
      return { method: "POST", url: this.#url(""), body, key: this.#key };
    }
    if (form.name === "cancel") return { method: "DELETE", url: this.#url() };
    if (form.name !== "code") {
      const body = { channel: form.name === "resend" ? channel : next_channel };
      return { method: "POST", url: `${this.#url()}fallback/`, body };
    }
    // More digits than any code has are the number that called. The server judges whether it is the right one.
    const number = typed.replace(/[^+0-9]/g, "");
    const whole = number.replace("+", "").length > Math.max(...code_lengths);
    return { method: "POST", url: `${this.#url()}verify/`, body: whole ? { caller_id: number } : { code: typed } };
  }

  /** @param {HTMLFormElement} form @param {Answer} answer */
  #succeed(form, { body, url }) {
    if (body.status === "verified") this.#tell("flashcall:verified", body);
    if (!this.#own) return leave(body.location ?? url);
    this.#work(false);
    if (form.name === "cancel") this.#start();
    else this.#stand({ ...this.#attempt, ...body });
  }

  /** @param {HTMLFormElement} form @param {Answer} answer */
  async #refused(form, { status, body }) {
    const error = body.error ?? (status ? "invalid" : "no_answer");
    this.#tell("flashcall:error", { ...body, error });
    if (this.#own && body.id) this.#attempt = { ...described(this), id: body.id }; // it can go on by another channel
    if (this.#own && error === "not_found") this.#start();
    const left = this.#own && body.checks_left ? this.#text("checks_left", { n: body.checks_left }) : "";
    const detail = status ? (sentence(body) ?? this.#text("broken")) : this.#text("no_answer");
    this.#say(`${detail} ${left}`.trim());
    const field = form.querySelector("input:not([type=hidden])");
    if (field instanceof HTMLInputElement) {
      field.setAttribute("aria-invalid", "true");
      field.focus();
      field.select();
    }
    this.#work(false);
    if (this.#attempt) await this.#refresh();
  }

  // --- Following the attempt -----------------------------------------------------------------------------------------

  /** Go on with the attempt that the site names, or that this tab had before it was reloaded. */
  async #resume() {
    const id = this.getAttribute("attempt") ?? storage("get", this.#place());
    if (id) this.#attempt = { ...described(this), id };
    if (!id || (await this.#refresh()) === 404) this.#start();
    if (this.#view) return;
    this.#say(this.#text("no_answer"));
    setTimeout(() => this.isConnected && this.#resume(), RETRIES.at(-1));
  }

  #reconnect() {
    const [message] = this.#parts("message");
    if (message?.textContent === this.#text("offline")) this.#say("");
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting) waiting();
    else this.#poll();
  }

  /** Ask how the attempt stands, unless that was asked often enough. */
  #poll() {
    const now = performance.now();
    const over = !this.#attempt || FINAL.includes(this.#attempt.status) || this.#polls >= POLLS;
    if (over || document.hidden || this.#busy || now - this.#asked < POLL_APART) return;
    this.#asked = now;
    this.#polls += 1;
    this.#refresh();
  }

  /** Ask how the attempt stands. Returns the HTTP status. */
  async #refresh() {
    const url = this.#own ? this.#url() : (this.getAttribute("endpoint") ?? "");
    const before = this.#attempt;
    const { status, body } = await this.#ask({ method: "GET", url });
    // What was entered meanwhile has an answer of its own, and this one may be older.
    if (this.#busy || this.#attempt !== before) return status;
    if (status === 200 && body.status) this.#stand(body);
    if (!this.#own && (status === 404 || FINAL.includes(body.status))) leave(); // the server has another page for it
    return status;
  }

  /** Take over how the attempt stands. @param {Attempt} attempt */
  #stand(attempt) {
    const before = this.#attempt;
    const anew = !this.#sent || attempt.channel !== before?.channel || attempt.expires_in > this.#left(before) + 5;
    this.#attempt = attempt;
    this.#told = performance.now();
    this.setAttribute("state", attempt.status);
    if (anew) {
      this.#sent = this.#told;
      this.#polls = 0;
      this.#steps.clear();
      this.#voice.textContent = ""; // the same words once more are news again
    }
    if (this.#own) this.#draw(attempt);
    else if (attempt.status === "failed" && before?.status === "pending") this.#say(this.#text("failed"));
    this.#tick(anew);
    this.#listen();
    this.#tell("flashcall:changed", attempt);
  }

  /** Seconds until the last code expires. @param {Attempt | null} attempt */
  #left(attempt) {
    return Math.max(Math.ceil((attempt?.expires_in ?? 0) - (performance.now() - this.#told) / 1_000), 0);
  }

  /** Offer what is due, by the seconds that have passed since the server told. */
  #tick(quietly = false) {
    const attempt = this.#attempt;
    if (!attempt || !this.#told || FINAL.includes(attempt.status)) return;
    const passed = (performance.now() - this.#told) / 1_000;
    const left = this.#left(attempt);
    const due = {
      fallback: Boolean(attempt.next_channel) && (attempt.next_channel_in ?? 0) <= passed,
      resend: attempt.resend_in !== null && attempt.resend_in <= passed,
      expired: left === 0 && attempt.status !== "failed",
    };
    const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    for (const part of this.#parts("countdown")) part.textContent = clock;
    for (const [name, now] of Object.entries(due)) {
      for (const part of this.#parts(name)) part.hidden = !now;
      if (now) this.#step(name, quietly);
    }
    const age = (performance.now() - this.#sent) / 1_000;
    for (const at of POLL_AT) if (age >= at) this.#step(`${at}`);
  }

  /** The code has come to a step. The first time, who does not see it is told, and the server is asked. */
  #step(/** @type {string} */ name, quietly = false) {
    if (this.#steps.has(name)) return;
    this.#steps.add(name);
    if (quietly) return;
    const words = this.#parts(name)[0]?.textContent.trim();
    const besides = name === "resend" && this.#parts("fallback").some((part) => !part.hidden); // one thing at a time
    if (words && !besides) this.#voice.textContent = words;
    this.#poll();
  }

  /** Fill in the code of an SMS that names this site, where the browser can (WebOTP). */
  async #listen() {
    const field = "input[autocomplete=one-time-code]";
    if (!("OTPCredential" in window) || this.#otp || !this.querySelector(field)) return;
    this.#otp = new AbortController();
    const request = { otp: { transport: ["sms"] }, signal: this.#otp.signal };
    const found = /** @type {any} */ (await navigator.credentials.get(request).catch(() => null));
    this.#otp = null;
    const input = this.querySelector(field);
    if (!found?.code || !(input instanceof HTMLInputElement)) return;
    input.value = found.code;
    input.form?.requestSubmit();
  }

  // --- Forms of our own ----------------------------------------------------------------------------------------------

  /** Ask for a number. Where the site named the attempt, there is no other to start. */
  #start() {
    this.#attempt = null;
    this.#sent = 0;
    this.#draw(this.hasAttribute("attempt") ? { ...described(this), status: "canceled" } : null);
  }

  /** @param {Attempt | null} attempt */
  #draw(attempt) {
    const view = !attempt ? "start" : FINAL.includes(attempt.status) ? "end" : "code";
    storage(view === "code" ? "set" : "remove", this.#place(), attempt?.id);
    if (view !== this.#view) {
      const focused = this.contains(document.activeElement);
      this.#view = view;
      this.replaceChildren(this.#message, ...this.#forms(view, attempt?.status), this.#voice);
      const first = this.querySelector("input") ?? this.#parts("about")[0];
      if (focused) first?.focus();
    }
    for (const part of this.#parts("about")) part.textContent = this.#about(attempt);
    const way = this.querySelector("[data-flashcall=fallback] button");
    if (way) way.textContent = this.#texts[`instead_${attempt?.next_channel}`] ?? this.#text("instead");
  }

  /** @param {string} view @param {string} [status] */
  #forms(view, status) {
    const about = make("p", { "data-flashcall": "about", tabindex: "-1" });
    const code = { inputmode: "numeric", autocomplete: "one-time-code", maxlength: "64" };
    const number = { type: "tel", autocomplete: "tel", maxlength: "40" };
    if (view === "start") return [this.#form("start", "start", this.#field("phone_number", number))];
    if (view === "end")
      return [about, ...(status === "verified" || this.hasAttribute("attempt") ? [] : [this.#form("again", "change")])];
    const clock = make("span", { "data-flashcall": "countdown", role: "timer" });
    return [
      about,
      this.#form("code", "check", this.#field("code", code)),
      make("p", { class: "flashcall-time" }, `${this.#text("works_for")} `, clock),
      make("p", { "data-flashcall": "expired", hidden: "" }, this.#text("expired")),
      this.#form("fallback", "instead"),
      this.#form("resend", "resend"),
      this.#form("cancel", "change"),
    ];
  }

  /** @param {string} name @param {string} label @param {HTMLElement[]} fields */
  #form(name, label, ...fields) {
    const button = make("button", fields.length ? { "data-flashcall": "submit" } : {}, this.#text(label));
    return make("form", { name, method: "post", "data-flashcall": name }, ...fields, button);
  }

  /** @param {string} name @param {Record<string, string>} attributes */
  #field(name, attributes) {
    const field = make("input", { name, required: "", "data-flashcall": name, ...attributes });
    return make("label", {}, make("span", {}, this.#text(name)), field);
  }

  /** Say how the attempt stands. @param {Attempt | null} attempt */
  #about(attempt) {
    const { status = "", phone_number: phone = "", code_length: n = 4, channel } = attempt ?? {};
    const digits = this.#text(`digits_${this.#plural.select(n)}`, { n });
    const name = status in this.#texts && status !== "expired" ? status : (SAID[channel ?? ""] ?? "sent");
    return this.#text(name, { phone, digits });
  }

  // --- Small things --------------------------------------------------------------------------------------------------

  /** @param {string} name @returns {HTMLElement[]} */
  #parts(name) {
    return [...this.querySelectorAll(`[data-flashcall="${name}"]`)].filter((part) => part instanceof HTMLElement);
  }

  /** @param {string} sentence */
  #say(sentence) {
    for (const field of this.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    const [message = this.#message] = this.#parts("message");
    if (!message.isConnected) this.prepend(message);
    message.textContent = sentence;
  }

  /** @param {boolean} busy */
  #work(busy) {
    this.#busy = busy;
    this.setAttribute("aria-busy", String(busy));
  }

  /** @param {string} name @param {object} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }

  /** @param {string} name @param {Record<string, string | number>} values */
  #text(name, values = {}) {
    const text = this.#texts[name] ?? this.#texts[name.replace(/_.*/, "_other")];
    return Object.entries(values).reduce((said, [key, value]) => said.replace(`{${key}}`, String(value)), String(text));
  }

  /** Take the texts of the page's language, and those that the page changes. */
  #speak() {
    const language = this.#language().slice(0, 2) in TEXTS ? this.#language().slice(0, 2) : "en";
    const changed = this.querySelector("script[type='application/json']")?.textContent;
    this.#texts = { ...this.#texts, ...TEXTS[language], ...JSON.parse(changed || "{}") };
    this.#plural = new Intl.PluralRules(language);
  }

  #language() {
    return this.closest("[lang]")?.getAttribute("lang") || "en";
  }

  /** Where the API has an attempt, by default this one. */
  #url(id = this.#attempt?.id) {
    const api = (this.getAttribute("endpoint") ?? "").replace(/\/?$/, "/");
    return `${api}verifications/${id ? `${id}/` : ""}`;
  }

  #place() {
    return `flashcall ${this.getAttribute("endpoint")} ${this.getAttribute("purpose")}`;
  }
}

/** An element's attributes as an attempt. @param {HTMLElement} element @returns {Attempt} */
function described(element) {
  /** @param {string} name */
  const number = (name) => (element.getAttribute(name) ? Number(element.getAttribute(name)) : null);
  return {
    status: element.getAttribute("state") ?? "pending",
    channel: element.getAttribute("channel"),
    code_lengths: (element.getAttribute("code-lengths") ?? "8").split(",").map(Number),
    expires_in: number("expires-in") ?? 0,
    next_channel: element.getAttribute("next-channel") || null,
    next_channel_in: number("next-channel-in"),
    resend_in: number("resend-in"),
  };
}

/** @param {HTMLFormElement} form @param {HTMLElement | null} submitter @returns {Question} */
function posted(form, submitter) {
  const body = new FormData(form, submitter);
  const url = submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? "";
  return { method: "POST", url: url || location.href, body };
}

/** @param {string} url @param {RequestInit} init @returns {Promise<Answer>} */
async function send(url, init) {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), TIMEOUT);
  try {
    const reply = await fetch(url, { ...init, cache: "no-store", signal: late.signal });
    const text = await reply.text();
    return { status: reply.status, body: parsed(text), url: reply.redirected ? reply.url : undefined };
  } catch {
    return { status: 0, body: {} };
  } finally {
    clearTimeout(timer);
  }
}

/** @param {string} text @returns {any} an object, an empty one for what is none */
function parsed(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/** A refusal's sentence: ours has one, and a form's errors are lists of them. @param {object} body */
function sentence(body) {
  const { detail, ...fields } = /** @type {Record<string, unknown>} */ (body);
  return [detail, ...Object.values(fields)].flat().find((said) => typeof said === "string");
}

/** @param {HTMLElement} element */
function csrf(element) {
  const name = "[name=csrfmiddlewaretoken]";
  const field = element.querySelector(name) ?? document.querySelector(name);
  if (field instanceof HTMLInputElement) return field.value;
  const cookie = `${element.getAttribute("csrf-cookie") ?? "csrftoken"}=`;
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(cookie)) ?? cookie;
  return found.slice(cookie.length);
}

/** Keep the id for this tab, where the browser lets us. @param {"get" | "set" | "remove"} verb @param {string} place */
function storage(verb, place, value = "") {
  try {
    return sessionStorage[`${verb}Item`](place, value);
  } catch {
    return null;
  }
}

/** Go on, or load this page anew: unlike a reload, with fields as the server fills them. */
function leave(url = `${location.pathname}${location.search}`) {
  location.assign(url);
}

function random() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag @param {Record<string, string>} attributes @param {(Node | string)[]} children
 */
function make(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

customElements.define("flash-call", FlashCall);
