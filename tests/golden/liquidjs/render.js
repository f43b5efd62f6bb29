// Reads {scope, templates} from stdin, writes [{text} or {error}] as Segment's Liquid renders them.
const { Liquid } = require("liquidjs");

const DISABLED_FILTERS = [
  "array_to_sentence_string", "concat", "find", "find_exp", "find_index", "find_index_exp",
  "group_by", "group_by_exp", "has", "has_exp", "map", "newline_to_br", "reject", "reject_exp",
  "reverse", "sort", "sort_natural", "type", "uniq", "where_exp",
];
const DISABLED_TAGS = ["case", "for", "include", "layout", "render", "tablerow"];

const refuse = () => {
  throw new Error("disabled");
};
const engine = new Liquid();
DISABLED_FILTERS.forEach((name) => engine.registerFilter(name, refuse));
DISABLED_TAGS.forEach((name) => engine.registerTag(name, { parse: refuse, render: refuse }));

const { scope, templates } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const rendered = templates.map((template) => {
  try {
    return { text: String(engine.parseAndRenderSync(template, structuredClone(scope))) };
  } catch (error) {
    return { error: error.message };
  }
});
process.stdout.write(JSON.stringify(rendered));
