// A server as it is written for version 2 of the TypeScript SDK: one factory for every era, on stdio or over HTTP.
import { createServer } from "node:http";

import { toNodeHandler } from "@modelcontextprotocol/node";
import { McpServer, createMcpHandler } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

const text = (words) => ({ content: [{ type: "text", text: words }] });

function era() {
  const server = new McpServer({ name: "era", version: "1" });
  server.registerTool("echo", { inputSchema: z.object({ text: z.string() }) }, async (given) => text(given.text));
  server.registerTool("fail", { inputSchema: z.object({}) }, async () => {
    throw new Error("it went wrong");
  });
  server.registerTool(
    "add",
    {
      inputSchema: z.object({ a: z.number(), b: z.number() }),
      outputSchema: z.object({ sum: z.number() }),
    },
    async ({ a, b }) => ({ ...text(String(a + b)), structuredContent: { sum: a + b } }),
  );
  return server;
}

if (process.argv[2] === "stdio") {
  serveStdio(era);
} else {
  const web = createServer(toNodeHandler(createMcpHandler(era)));
  web.listen(0, "127.0.0.1", () => console.log(`PORT ${web.address().port}`));
}
