// Keeps the page current and sends its forms without leaving it. Without this file the page works too.
"use strict";

const KEPT_CALLS = 200;
const EVERY_MS = 1000;
const body = document.body;
const shown = {};
let next = Number(body.dataset.next);

function say(text) {
  document.getElementById("said").textContent = text;
}

function draw(name, html) {
  if (shown[name] === html) return;
  const first = !(name in shown);
  shown[name] = html;
  const place = document.getElementById(name);
  const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
  const scrolled = place.querySelector(".scroll")?.scrollLeft ?? 0;
  place.innerHTML = html;
  if (focused) document.getElementById(focused)?.focus();
  const scroll = place.querySelector(".scroll");
  if (scroll) scroll.scrollLeft = first ? 0 : scrolled;
}

function addCalls(html, count) {
  const list = document.getElementById("calls");
  if (count < next) list.replaceChildren();
  next = count;
  if (!html) return;
  list.insertAdjacentHTML("afterbegin", html);
  while (list.children.length > KEPT_CALLS) list.lastElementChild.remove();
}

async function refresh() {
  const { tab, company } = body.dataset;
  const query = new URLSearchParams({ tab, company, since: next });
  const answer = await fetch(`/_page/parts?${query}`);
  const { parts, calls, next: count } = await answer.json();
  for (const [name, html] of Object.entries(parts)) draw(name, html);
  addCalls(calls, count);
}

async function keepCurrent() {
  try {
    if (!document.hidden) await refresh();
    body.classList.remove("gone");
  } catch {
    body.classList.add("gone");
    say("The sandbox does not answer. Is it still running?");
  }
  setTimeout(keepCurrent, EVERY_MS);
}

async function showForm(edit) {
  const { tab, company } = body.dataset;
  const answer = await fetch(`/_page/edit?${new URLSearchParams({ tab, company, edit })}`);
  document.getElementById("edit-form").innerHTML = await answer.text();
}

async function openForm(edit) {
  await showForm(edit);
  document.getElementById("edit").scrollIntoView({ block: "nearest" });
  document.getElementById("edit-head").focus();
}

async function openTab(link) {
  body.dataset.tab = link.dataset.tab;
  for (const other of document.querySelectorAll("[data-tab][href]")) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "page");
  history.replaceState(null, "", link.href);
  await Promise.all([refresh(), showForm("")]);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='/?']");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const edit = new URL(link.href).searchParams.get("edit");
  if (link.dataset.tab) openTab(link);
  else if (edit !== null) openForm(edit);
  else if ("new" in link.dataset) openForm("");
  else return;
  event.preventDefault();
});

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const data = new URLSearchParams(new FormData(form, event.submitter));
  const answer = await fetch(form.getAttribute("action"), {
    method: "POST",
    body: data,
    headers: { accept: "application/json" },
  });
  say((await answer.json()).said);
  if (data.get("action") === "delete" || data.get("action") === "create") await showForm("");
  await refresh();
});

document.getElementById("origin").textContent = location.origin;
keepCurrent();
