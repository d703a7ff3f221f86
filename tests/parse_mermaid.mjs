// Reads charts (a JSON list of texts) and tells of each what Mermaid makes of it: its tasks, or the error.
// node parse_mermaid.mjs NODE_MODULES, where `mermaid` and `jsdom` are.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const installed = (path) => import(pathToFileURL(`${process.argv[2]}/${path}`).href);
const { JSDOM } = (await installed("jsdom/lib/api.js")).default;
globalThis.window = new JSDOM("").window;
globalThis.document = window.document;
const mermaid = (await installed("mermaid/dist/mermaid.core.mjs")).default;
mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });

const told = [];
for (const text of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    const { diagramType } = await mermaid.parse(text);
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
    const tasks = db.getTasks().map((one) => ({
      words: one.task, crit: one.crit, milestone: one.milestone,
      start: one.startTime.getTime(), end: one.endTime.getTime(), link: Boolean(db.getLinks().get(one.id)),
    }));
    told.push({ type: diagramType, tasks, sections: db.getSections(), title: db.getDiagramTitle() });
  } catch (error) {
    told.push({ error: String(error) });
  }
}
process.stdout.write(JSON.stringify(told));
