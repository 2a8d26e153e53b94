// SPDX-License-Identifier: Apache-2.0
// What npm's @huggingface/tokenizers 0.2.0 makes of texts, as an independent oracle:
//
//   NODE_PATH=.../node_modules node npm_oracle.cjs TEXTS.json TOKENIZER.json...
//
// prints {"texts": [...], "NAME": {"ids": [[...]], "decoded": [...]}}; TEXTS.json is an array, or holds one as "texts".
// expected.json was made so. The oracle cuts Digits by [0-9] and not by all of \p{N}: no such texts in expected.json.
const fs = require("fs");
const path = require("path");
const { Tokenizer } = require("@huggingface/tokenizers");

const read = (file) => JSON.parse(fs.readFileSync(file, "utf8"));
const input = read(process.argv[2]);
const texts = Array.isArray(input) ? input : input.texts;
const options = { skip_special_tokens: true, clean_up_tokenization_spaces: false };
console.log("{\"texts\": [\n" + texts.map((text) => JSON.stringify(text)).join(",\n") + "]");
for (const file of process.argv.slice(3)) {
  const tokenizer = new Tokenizer(read(file), {});
  const ids = texts.map((text) => tokenizer.encode(text).ids);
  const decoded = ids.map((one) => JSON.stringify(one.length ? tokenizer.decode(one, options) : ""));
  console.log(`, "${path.basename(file, ".json")}": {"ids": [`);
  console.log(ids.map((one) => JSON.stringify(one)).join(",\n") + `],\n"decoded": [\n` + decoded.join(",\n") + "]}");
}
console.log("}");
