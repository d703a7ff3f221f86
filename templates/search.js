// Searches the index that lies beside this page. What is found is put in as text, never as HTML.
import * as index from "./pagefind/pagefind.js";

const MOST = 30;
const form = document.getElementById("search");
const words = document.getElementById("words");
const found = document.getElementById("found");
const results = document.getElementById("results");
const counts = document.getElementById("counts").dataset;

function plain(excerpt) {
  return new DOMParser().parseFromString(excerpt, "text/html").body.textContent;
}

function row(page) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = page.url;
  link.textContent = page.meta.title;
  const excerpt = document.createElement("p");
  excerpt.className = "note";
  excerpt.textContent = plain(page.excerpt);
  item.append(link, excerpt);
  return item;
}

async function search() {
  const asked = words.value.trim();
  const answer = asked ? await index.debouncedSearch(asked) : { results: [] };
  if (answer === null) return; // something else was typed since
  const pages = await Promise.all(answer.results.slice(0, MOST).map((one) => one.data()));
  if (words.value.trim() !== asked) return;
  results.replaceChildren(...pages.map(row));
  found.textContent = !asked ? "" : pages.length ? `${counts.some} ${answer.results.length}` : counts.none;
}

await index.options({ baseUrl: new URL(".", import.meta.url).pathname });
await index.init();
form.hidden = false;
form.addEventListener("submit", (event) => event.preventDefault());
words.addEventListener("input", search);
const given = new URLSearchParams(location.search).get("q");
if (given) {
  words.value = given;
  await search();
}
