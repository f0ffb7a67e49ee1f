// Asks every second what the handset got, lets a new call ring, and keeps the list as the server has it.

const EVERY = 1000; // milliseconds
const RINGS = 5000;

const phone = document.getElementById("phone");
const list = document.getElementById("events");
const problem = document.getElementById("problem");
const ring = document.getElementById("ring");
const labels = JSON.parse(document.getElementById("labels").textContent);

if (phone.dataset.events) {
  for (const time of list.querySelectorAll("time")) time.textContent = clock(time.dateTime);
  poll();
}

async function poll() {
  const { events, now, detail = "" } = await ask();
  // A live region is read out again whenever it is written to.
  if (problem.textContent !== detail) problem.textContent = detail;
  const call = events?.find((event) => event.type === "flashcall" && now - Date.parse(event.at) < RINGS);
  letRing(call);
  if (events) show(events.filter((event) => event !== call));
  setTimeout(poll, EVERY);
}

async function ask() {
  try {
    const reply = await fetch(phone.dataset.events);
    const body = await reply.json();
    // The server's clock, since this one may differ.
    return { ...body, now: Date.parse(reply.headers.get("Date")) || Date.now() };
  } catch {
    return { detail: phone.dataset.silent };
  }
}

function letRing(call) {
  const at = call?.at ?? "";
  if (ring.dataset.at === at) return;
  ring.dataset.at = at;
  ring.replaceChildren();
  if (!call) return;
  const screen = document.getElementById("incoming").content.cloneNode(true);
  screen.querySelector(".ring-from").textContent = caller(call);
  ring.append(screen);
}

function show(events) {
  let item = list.firstElementChild;
  for (const event of events) {
    if (item?.querySelector("time").dateTime === event.at) item = item.nextElementSibling;
    else list.insertBefore(row(event), item);
  }
  while (item) {
    const gone = item;
    item = item.nextElementSibling;
    gone.remove();
  }
  document.getElementById("nothing").hidden = events.length > 0;
}

function row(event) {
  const item = document.getElementById("event").content.firstElementChild.cloneNode(true);
  item.dataset.type = event.type;
  item.querySelector(".event-label").textContent = labels[event.type] ?? event.type;
  item.querySelector(".event-from").textContent = caller(event);
  item.querySelector(".event-text").textContent = event.text ?? "";
  item.querySelector("time").dateTime = event.at;
  item.querySelector("time").textContent = clock(event.at);
  return item;
}

function caller(event) {
  return event.from ?? phone.dataset.withheld;
}

function clock(at) {
  return new Date(at).toLocaleTimeString(document.documentElement.lang, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
}
