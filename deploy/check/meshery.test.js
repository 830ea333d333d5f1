// The request that Meshery would import the filter by, checked by Meshery's own schema.
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import schema from "@meshery/schemas/constructs/v1beta3/filter/FilterSchema";

test("the request is one that Meshery's schema describes", () => {
  const folder = mkdtempSync(join(tmpdir(), "meshery-"));
  const module = Buffer.from("\0asm a module of no great size");
  try {
    writeFileSync(join(folder, "module.wasm"), module);
    const text = execFileSync("../meshery/request", [join(folder, "module.wasm")]);
    const request = JSON.parse(text);
    const { MesheryFilterRequestBody } = (schema.default ?? schema).components.schemas;
    const ajv = addFormats(new Ajv({ strict: false }));
    const valid = ajv.validate(closed(MesheryFilterRequestBody), request);
    assert.ok(valid, ajv.errorsText());
    assert.deepEqual(Buffer.from(request.filterData.filterFile, "base64"), module);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

// The schema lets unknown members pass; here they are mistakes.
function closed(schema) {
  const properties = Object.entries(schema.properties).map(([name, value]) =>
    [name, value.properties ? closed(value) : value]);
  return { ...schema, properties: Object.fromEntries(properties), additionalProperties: false };
}
