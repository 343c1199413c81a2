// One line a tool.
export { fileRead } from "../../edges/tools/file-read.ts";
export { fileWrite } from "../../edges/tools/file-write.ts";
export { healthCheck } from "../../edges/tools/health-check.ts";
export { parseUrlTool } from "../../edges/tools/parse-url.ts";
export { routerosExecute } from "../../edges/tools/routeros-execute.ts";
export { routerosPrint } from "../../edges/tools/routeros-print.ts";
