// The page to set up and to sign in: shows the form that comes next, and sends it.

const API = "/api/v1/session";
const FORMS = ["sign-in", "second-factor", "set-up", "full"];
const TITLES = {
  "sign-in": "Sign in",
  "second-factor": "Second factor",
  "set-up": "Welcome to Dealwright",
  full: "Signed in",
};
const at = (id) => document.getElementById(id);

// Where somebody came from who had to sign in first: a page of meetings, and nowhere else. It is
// remembered for the way over the company's provider.
const PAGES = /^\/(meetings|card|addon\/gmail\/link|s\/[0-9a-f-]{36})(\?[^\\]*)?$/;
const next = new URLSearchParams(location.search).get("next") ?? sessionStorage.getItem("next") ?? "";
if (PAGES.test(next)) sessionStorage.setItem("next", next);

// What stands behind the # never reaches a server's log; it leaves the history too.
const link = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
let csrf = "";

async function ask(method, path, body) {
  const headers = { "x-csrf-token": csrf };
  if (body) headers["content-type"] = "application/json";
  const answer = await fetch(API + path, { method, headers, body: body && JSON.stringify(body) });
  const told = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw new Error(told.detail ?? "The hub did not understand. Try again.");
  return told;
}

function show(name, sentence = "") {
  for (const form of FORMS) at(form).hidden = form !== name;
  at("title").textContent = TITLES[name];
  document.title = `${TITLES[name]} · Dealwright`;
  at("said").textContent = sentence;
  at("wrong").textContent = "";
  (at(name).querySelector("input:not([readonly])") ?? at("title")).focus();
}

function go(state) {
  csrf = state.csrf_token ?? "";
  if (state.stage === "full" && PAGES.test(next) && sessionStorage.getItem("next")) {
    sessionStorage.removeItem("next");
    location.replace(next);
  } else if (state.stage === "full") show("full", `You are ${state.user.email}, ${state.user.role}.`);
  else if (state.stage === "second_factor") show("second-factor");
  else {
    at("oidc").hidden = !state.oidc;
    at("oidc").querySelector("span").textContent = state.oidc ?? "";
    show("sign-in", state.set_up ? "Nobody has an account yet: open the link that the start of the hub printed." : "");
  }
}

function fail(error) {
  at("wrong").textContent = error.message;
}

function on(name, send) {
  at(name).addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const state = await send(Object.fromEntries(new FormData(form)));
      form.reset();
      go(state);
    } catch (error) {
      fail(error);
    } finally {
      button.disabled = false;
    }
  });
}

on("sign-in", (given) => ask("POST", "", given));
on("second-factor", (given) => ask("POST", "/second-factor", given));
on("set-up", (given) => ask("POST", "/set-up", { ...given, token: link }));
on("full", async () => {
  await ask("DELETE", "");
  return ask("GET", "");
});

try {
  if (link) {
    const whose = await ask("POST", "/link", { token: link });
    show("set-up", whose.email ? "Choose your password." : "You become the owner of this hub.");
    const email = at("set-up").elements.namedItem("email");
    if (whose.email) {
      email.value = whose.email;
      email.readOnly = true;
      at("set-up").elements.namedItem("name").closest("label").hidden = true;
    }
  } else go(await ask("GET", ""));
} catch (error) {
  show("sign-in");
  fail(error);
}
