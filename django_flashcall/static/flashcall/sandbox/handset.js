// @ts-check
// Asks every second what the handset got, lets a new call ring, and keeps the list as the server has it. A page without
// a number picks up the handset that got something last.

/** @typedef {{type: string, from: string | null, text: string | null, at: string}} HandsetEvent */

const EVERY = 1000; // milliseconds
const RINGS = 5000;
const CALL = [440, 480]; // Hz
const MESSAGE = [880];

const phone = find("phone");
const list = find("events");
const problem = find("problem");
const ring = find("ring");
const nav = find("numbers");
const sound = /** @type {HTMLInputElement} */ (find("sound"));
const labels = JSON.parse(find("labels").textContent);
const { events: eventsUrl = "", numbers: numbersUrl = "", withheld = "", silent = "" } = phone.dataset;

/** @type {AudioContext | undefined} */
let audio;
/** @type {HandsetEvent[] | undefined} */
let shown; // newest first; undefined before the first answer
let declined = "";

for (const time of list.querySelectorAll("time")) time.textContent = clock(time.dateTime);
find("sound-switch").hidden = false;
sound.addEventListener("change", () => {
  audio ??= new AudioContext(); // only here: a browser makes no sound that nobody asked for
  if (sound.checked) audio.resume();
});
ring.addEventListener("click", (event) => {
  if (!(event.target instanceof HTMLButtonElement)) return;
  declined = ring.dataset.at ?? "";
  ring.replaceChildren();
  showRows(shown ?? []);
});
poll();

async function poll() {
  const [got, recent] = await Promise.all([eventsUrl ? ask(eventsUrl) : null, ask(numbersUrl)]);
  const detail = got?.detail ?? recent.detail ?? "";
  // A live region is read out again whenever it is written to.
  if (problem.textContent !== detail) problem.textContent = detail;
  if (recent.numbers) showNumbers(recent.numbers);
  if (got?.events) showEvents(got.events, got.now);
  setTimeout(poll, EVERY);
}

/** @param {string} url @returns {Promise<{events?: HandsetEvent[], numbers?: string[], detail?: string, now: number}>} */
async function ask(url) {
  try {
    const reply = await fetch(url);
    const body = await reply.json();
    // The server's clock, since this one may differ.
    return { ...body, now: Date.parse(reply.headers.get("Date") ?? "") || Date.now() };
  } catch {
    return { detail: silent, now: 0 };
  }
}

/** @param {HandsetEvent[]} events newest first @param {number} now */
function showEvents(events, now) {
  const call = events.find(({ type, at }) => type === "flashcall" && now - Date.parse(at) < RINGS && at !== declined);
  letRing(call);
  if (call) play(CALL);
  else if (shown && events[0] && events[0].at !== shown[0]?.at) play(MESSAGE);
  shown = events;
  showRows(events.filter((event) => event !== call));
}

/** @param {HandsetEvent | undefined} call */
function letRing(call) {
  const at = call?.at ?? "";
  if (ring.dataset.at === at) return;
  ring.dataset.at = at;
  ring.replaceChildren();
  if (!call) return;
  const screen = copy("incoming");
  part(screen, ".ring-from").textContent = call.from ?? withheld;
  ring.append(screen);
}

/** @param {HandsetEvent[]} events */
function showRows(events) {
  let item = list.firstElementChild;
  for (const event of events) {
    if (item?.querySelector("time")?.dateTime === event.at) item = item.nextElementSibling;
    else list.insertBefore(row(event), item);
  }
  while (item) {
    const gone = item;
    item = item.nextElementSibling;
    gone.remove();
  }
  find("nothing").hidden = events.length > 0;
}

/** @param {HandsetEvent} event */
function row(event) {
  const made = copy("event");
  const time = /** @type {HTMLTimeElement} */ (part(made, "time"));
  part(made, ".event").dataset.type = event.type;
  part(made, ".event-label").textContent = labels[event.type] ?? event.type;
  part(made, ".event-from").textContent = event.from ?? withheld;
  part(made, ".event-text").textContent = event.text ?? "";
  time.dateTime = event.at;
  time.textContent = clock(event.at);
  return made;
}

/** @param {string[]} numbers the latest first */
function showNumbers(numbers) {
  if (!eventsUrl && numbers[0]) location.replace(`?number=${encodeURIComponent(numbers[0])}`);
  const links = [...nav.querySelectorAll("a")];
  const before = links.map((link) => link.textContent);
  if (`${numbers}` === `${before}`) return;
  const fresh = numbers.slice(0, Math.max(numbers.indexOf(before[0] ?? ""), 0));
  const current = links.find((link) => link.ariaCurrent)?.textContent ?? find("phone-number").textContent;
  const items = numbers.map((number) => {
    const link = document.createElement("a");
    link.href = `?number=${encodeURIComponent(number)}`;
    link.textContent = number;
    if (number === current) link.ariaCurrent = "page";
    else
      link.classList.toggle(
        "fresh",
        fresh.includes(number) || links.some((old) => old.textContent === number && old.className),
      );
    const item = document.createElement("li");
    item.append(link);
    return item;
  });
  part(nav, "ul").replaceChildren(...items);
  nav.hidden = numbers.length === 0;
}

/** Sound for a moment. @param {number[]} tones */
function play(tones) {
  if (!audio || !sound.checked) return;
  const volume = new GainNode(audio, { gain: 0.06 });
  volume.connect(audio.destination);
  for (const frequency of tones) {
    const tone = new OscillatorNode(audio, { frequency });
    tone.connect(volume);
    tone.start();
    tone.stop(audio.currentTime + 0.45);
  }
}

/** @param {string} at */
function clock(at) {
  return new Date(at).toLocaleTimeString(document.documentElement.lang, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
}

/** A copy of a template's content. @param {string} id */
function copy(id) {
  return /** @type {DocumentFragment} */ (/** @type {HTMLTemplateElement} */ (find(id)).content.cloneNode(true));
}

/** @param {string} id */
function find(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** @param {ParentNode} parent @param {string} selector */
function part(parent, selector) {
  return /** @type {HTMLElement} */ (parent.querySelector(selector));
}
