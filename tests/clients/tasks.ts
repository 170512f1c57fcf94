// Plays six tasks with the generated TypeScript types and openapi-fetch, and prints what it saw as JSON.
// Configured by URL, TOKEN, and SESSION and CSRF of a signed-in browser.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

declare const process: { env: Record<string, string> };
type Repo = components["schemas"]["RepoDetail"];
type Event = components["schemas"]["Event"];

const { URL: baseUrl, TOKEN, SESSION, CSRF } = process.env as Record<"URL" | "TOKEN" | "SESSION" | "CSRF", string>;
const bearer = (token: string) => createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
const client = bearer(TOKEN);
const browser = createClient<paths>({
  baseUrl,
  headers: { Cookie: `sessionid=${SESSION}; csrftoken=${CSRF}`, "X-CSRFToken": CSRF, Referer: baseUrl },
});

/** Returns the body of a successful response. */
function made<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (!answer.response.ok) throw new Error(`${answer.response.status} ${JSON.stringify(answer.error)}`);
  return answer.data as T;
}

async function createRepositories() {
  const options = {
    body: { name: "base", kind: "model", license: "mit" },
    params: { header: { "Idempotency-Key": "base" } },
  } as const;
  const first = await client.POST("/api/v1/repos", options);
  const second = await client.POST("/api/v1/repos", options);
  made(await client.POST("/api/v1/repos", { body: { name: "tweets", kind: "dataset" } }));
  const taken = await client.POST("/api/v1/repos", { body: options.body });
  const repo: Repo = made(first);
  return {
    full_name: repo.full_name,
    license: repo.license,
    location: first.response.headers.get("location"),
    is_replayed: second.response.headers.get("idempotency-replayed") === "true" && made(second).id === repo.id,
    taken: [taken.response.status, taken.error?.code],
  };
}

const base = { kind: "model", namespace: "owner", name: "base" } as const;

async function uploadAFile() {
  const path = { ...base, path: "weights/notes.txt" };
  let sha = "";
  for (const text of ["first", "second"]) {
    const options = {
      params: { path, query: { message: "Add notes" } },
      body: text,
      bodySerializer: (body?: string) => body,
      headers: { "Content-Type": "application/octet-stream" },
    };
    sha = made(await client.PUT("/api/v1/repos/{kind}/{namespace}/{name}/files/{path}", options)).commit_sha;
  }
  const found = made(await client.GET("/api/v1/repos/{kind}/{namespace}/{name}/files/{path}", { params: { path } }));
  const commits = await client.GET("/api/v1/repos/{kind}/{namespace}/{name}/commits", { params: { path: base } });
  const newest = made(commits).items[0];
  return { size_bytes: found.size_bytes, is_newest: newest?.sha === sha, title: newest?.title };
}

async function listByCursor() {
  const names: string[] = [];
  let cursor: string | null = null;
  do {
    const query = { namespace: "owner", limit: 1, ...(cursor ? { cursor } : {}) };
    const page: components["schemas"]["RepoPage"] = made(await client.GET("/api/v1/repos", { params: { query } }));
    names.push(...page.items.map((one) => one.full_name));
    cursor = page.next_cursor;
  } while (cursor);
  return names;
}

/** Returns JSON whose members have one order. */
function canonical(value: unknown): string {
  const isObject = (one: unknown): one is object => typeof one === "object" && one !== null && !Array.isArray(one);
  return JSON.stringify(value, (_key, one) => (isObject(one) ? Object.fromEntries(Object.entries(one).sort()) : one));
}

async function orderAndWatch() {
  const order: components["schemas"]["JobCreate"] = {
    kind: "evaluate",
    recipe: "text-classification",
    inputs: {
      model: { kind: "model", full_name: "owner/base" },
      dataset: { kind: "dataset", full_name: "owner/tweets" },
    },
    params: { text_column: "text", label_column: "label" },
  };
  const ordered = made(await client.POST("/api/v1/jobs", { body: order }));
  const path = { job_id: ordered.id };
  const stream = await client.GET("/api/v1/jobs/{job_id}/stream", { params: { path }, parseAs: "text" });
  const lines = made(stream).split("\n").filter((line) => line.startsWith("data:"));
  const streamed = lines.map((line) => JSON.parse(line.slice("data:".length)) as Event).filter((one) => one.id);
  const query = { limit: 200 };
  const events = made(await client.GET("/api/v1/jobs/{job_id}/events", { params: { path, query } })).items;
  const job = made(await client.GET("/api/v1/jobs/{job_id}", { params: { path } }));
  return {
    state: job.state,
    kinds: events.map((one) => one.kind),
    is_same: canonical(streamed) === canonical(events),
    receipt: job.receipt_id,
  };
}

async function manageTokensAndMembers() {
  made(await browser.POST("/api/v1/organizations", { body: { name: "meadow" } }));
  const body: components["schemas"]["TokenCreate"] = {
    name: "members",
    role: "fine_grained",
    grants: [{ kind: "organization", target: "meadow", permission: "admin" }],
  };
  const token = made(await browser.POST("/api/v1/me/tokens", { body }));
  const machine = bearer(token.token);
  const own = made(await machine.GET("/api/v1/me/token"));
  const params = { path: { name: "meadow" } };
  const invited = { person: "stranger", role: "write" } as const;
  made(await machine.POST("/api/v1/organizations/{name}/invitations", { params, body: invited }));
  const members = made(await machine.GET("/api/v1/organizations/{name}/members", { params })).items;
  const invitations = made(await machine.GET("/api/v1/organizations/{name}/invitations", { params })).items;
  made(await browser.DELETE("/api/v1/me/tokens/{token_id}", { params: { path: { token_id: token.id } } }));
  const kept = made(await browser.GET("/api/v1/me/tokens")).items.map((one) => one.id);
  return {
    grants: own.grants.map((one) => [one.target, one.permission]),
    is_revoked: !kept.includes(token.id),
    members: members.map((one) => [one.name, one.role]),
    invitations: invitations.map((one) => [one.person, one.role]),
  };
}

async function readAReceipt(receiptId: string | null) {
  if (receiptId === null) throw new Error("The job has no receipt.");
  const params = { path: { receipt_id: receiptId } };
  const found = made(await client.GET("/api/v1/receipts/{receipt_id}", { params }));
  return [found.algorithm, found.signature.length];
}

const create = await createRepositories();
const upload = await uploadAFile();
const list = await listByCursor();
const { receipt: receiptId, ...watch } = await orderAndWatch();
const manage = await manageTokensAndMembers();
const receipt = await readAReceipt(receiptId);
console.log(JSON.stringify({ create, upload, list, watch, manage, receipt }));
