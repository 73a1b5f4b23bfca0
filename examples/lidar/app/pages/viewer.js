// The page: a list of surveys, and the map of the one that is chosen.

import { Map } from "./map.js";

const element = (id) => document.getElementById(id);
const map = new Map(element("map"), element("canvas"), showPlace);
let chosen = null;
let listed = "";

async function ask(path, options) {
  const answer = await fetch(`api${path}`, options);
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.error ?? answer.statusText);
  return value;
}

async function refresh() {
  try {
    const surveys = await ask("/surveys");
    const text = JSON.stringify([surveys, chosen]);
    if (text === listed) return;
    const newest = surveys.find((survey) => survey.status === "done");
    if (chosen === null && newest) choose(newest);
    list(surveys);
    listed = JSON.stringify([surveys, chosen]);
  } catch (error) {
    say(`The surveys can't be read: ${error.message}`);
  }
}

function list(surveys) {
  element("surveys").replaceChildren(...surveys.map((survey) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const state = document.createElement("small");
    button.textContent = `${survey.id} · ${survey.name}`;
    state.textContent = survey.status === "failed" ? `failed: ${survey.reason}` : survey.status;
    button.disabled = survey.status !== "done";
    button.setAttribute("aria-current", survey.id === chosen);
    button.addEventListener("click", () => { choose(survey); list(surveys); });
    button.append(state);
    item.append(button);
    return item;
  }));
}

function choose(survey) {
  chosen = survey.id;
  const { facts } = survey;
  const [low, high] = [facts.bounds.min, facts.bounds.max];
  const number = (value, digits = 1) => value.toLocaleString("en", { maximumFractionDigits: digits });
  const rows = {
    "Points": number(facts.points, 0),
    "Lowest": number(low[2], 2),
    "Highest": number(high[2], 2),
    "Mean": number(facts.elevation_mean, 2),
    "Extent": `${number(high[0] - low[0])} × ${number(high[1] - low[1])}`,
    "Cell": number(facts.cell, 3),
    "Picture": `${facts.width} × ${facts.height}`,
    "Cells with points": `${number(100 * facts.cells_with_points / (facts.width * facts.height))} %`,
    "Processed in": `${number(survey.seconds, 2)} s`,
  };
  element("facts").replaceChildren(...Object.entries(rows).flatMap(([name, value]) => {
    const [term, detail] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    detail.textContent = value;
    return [term, detail];
  }));
  map.show(survey);
}

let asked = 0;
async function showPlace(survey, x, y) {
  const mine = ++asked;
  let text = "";
  try {
    const { elevation } = await ask(`/surveys/${survey.id}/at?x=${x}&y=${y}`);
    text = `${x.toFixed(1)}, ${y.toFixed(1)}: ${elevation === null ? "no points" : elevation.toFixed(2)}`;
  } catch { /* outside of the survey there is nothing to say */ }
  if (mine === asked) element("place").textContent = text;
}

async function upload(file) {
  say(`Sending ${file.name} …`);
  try {
    const { id } = await ask(`/surveys?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
    chosen = null;
    say(`${file.name} is survey ${id}.`);
  } catch (error) {
    say(`${file.name} was not taken: ${error.message}`);
  }
  refresh();
}

function say(text) { element("message").textContent = text; }

element("opacity").addEventListener("input", ({ target }) => map.setOpacity(target.value / 100));
element("file").addEventListener("change", ({ target }) => {
  if (target.files[0]) upload(target.files[0]);
  target.value = "";
});
map.setOpacity(element("opacity").value / 100);
refresh();
setInterval(refresh, 2000);
