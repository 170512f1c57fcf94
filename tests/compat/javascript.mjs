// Calls @huggingface/hub as one person and prints the results as JSON. Configured by HUB_URL, TOKEN, HOME and MODULES.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { readFileSync, readdirSync } from "node:fs";
const require = createRequire(pathToFileURL(`${process.env.MODULES}/`));
const hub = await import(pathToFileURL(require.resolve("@huggingface/hub")));

const me = { hubUrl: process.env.HUB_URL, accessToken: process.env.TOKEN };
const repo = { type: "model", name: "owner/script" };
const all = async (list, value) => { const found = []; for await (const one of list) found.push(value(one)); return found; };
const text = async (blob) => (blob ? blob.text() : null);
const out = {};

const person = await hub.whoAmI(me);
out.whoAmI = [person.name, person.canPay, person.periodEnd, person.billingMode, person.orgs.map((one) => [one.name, one.canPay, one.periodEnd, one.email])];
out.avatar = (await fetch(person.avatarUrl)).headers.get("content-type");
out.createRepo = (await hub.createRepo({ ...me, repo, private: true, license: "mit" })).repoUrl.replace(me.hubUrl, "");
const started = { type: "dataset", name: "owner/started" };
await hub.createRepo({ ...me, repo: started, license: "mit", files: [{ path: "data/one.txt", content: new Blob(["hello"]) }] });
out.createRepoFiles = [
  await all(hub.listCommits({ ...me, repo: started }), (one) => one.title),
  await text(await hub.downloadFile({ ...me, repo: started, path: "data/one.txt" })),
  await text(await hub.downloadFile({ ...me, repo: started, path: "README.md" })),
];
const large = new Uint8Array(3_000_000).map((_, at) => (at * 2654435761) >>> 13);
for (const [name, useXet] of [["lfs.bin", false], ["xet.bin", true]]) {
  await hub.uploadFiles({ ...me, repo, useXet, commitTitle: `Add ${name}`, files: [
    { path: `weights/${name}`, content: new Blob([large, name]) },
    { path: `notes/${name}.txt`, content: new Blob([`about ${name}`]) },
    { path: `notes/${name}.empty`, content: new Blob([]) },
  ] });
}
out.uploadFiles = await all(hub.listCommits({ ...me, repo }), (one) => one.title);
out.listFiles = (await all(hub.listFiles({ ...me, repo, recursive: true }), (one) => `${one.type} ${one.path}`)).sort();
out.downloadFile = [];
for (const name of ["lfs.bin", "xet.bin"]) {
  const got = new Uint8Array(await (await hub.downloadFile({ ...me, repo, path: `weights/${name}` })).arrayBuffer());
  out.downloadFile.push(Buffer.compare(Buffer.from(got), Buffer.concat([large, Buffer.from(name)])));
}
const part = await hub.downloadFile({ ...me, repo, path: "weights/xet.bin" });
out.slice = Buffer.compare(Buffer.from(await part.slice(1_000_000, 1_000_100).arrayBuffer()), Buffer.from(large.slice(1_000_000, 1_000_100)));
const empty = { ...me, repo, path: "notes/xet.bin.empty" };
out.empty = [(await (await hub.downloadFile(empty)).arrayBuffer()).byteLength, (await hub.fileDownloadInfo(empty)).size];
out.fileDownloadInfo = (await hub.fileDownloadInfo({ ...me, repo, path: "weights/lfs.bin" })).size;
await hub.createBranch({ ...me, repo, branch: "side/one" });
await hub.commit({ ...me, repo, branch: "side/one", title: "On a branch", operations: [
  { operation: "addOrUpdate", path: "only/here.txt", content: new Blob(["branch"]) },
  { operation: "delete", path: "notes/lfs.bin.txt" },
] });
out.commit = [
  await text(await hub.downloadFile({ ...me, repo, path: "only/here.txt", revision: "side/one" })),
  await hub.downloadFile({ ...me, repo, path: "only/here.txt" }),
  await hub.fileExists({ ...me, repo, path: "notes/lfs.bin.txt", revision: "side/one" }),
];
out.pathsInfo = (await hub.pathsInfo({ ...me, repo, paths: ["weights/lfs.bin", "absent"] })).map((one) => [one.path, one.size]);
out.countCommits = await hub.countCommits({ ...me, repo, revision: "side/one" });
await hub.deleteBranch({ ...me, repo, branch: "side/one" });
await hub.deleteFile({ ...me, repo, path: "notes/lfs.bin.txt" });
await hub.deleteFiles({ ...me, repo, paths: ["notes/xet.bin.txt"] });
out.deleteFiles = await hub.fileExists({ ...me, repo, path: "notes/xet.bin.txt" });
const folder = await hub.snapshotDownload({ ...me, repo, cacheDir: `${process.env.HOME}/js` });
out.snapshotDownload = [readFileSync(`${folder}/notes/lfs.bin.empty`).length, readdirSync(`${folder}/weights`).sort(), readFileSync(`${folder}/weights/lfs.bin`).length];
out.modelInfo = (await hub.modelInfo({ ...me, name: "owner/script" })).private;
out.listModels = await all(hub.listModels({ ...me, search: { owner: "owner" } }), (one) => one.name);
out.listDatasets = await all(hub.listDatasets({ ...me, search: { owner: "owner" } }), (one) => one.name);
out.repoExists = [await hub.repoExists({ ...me, repo }), await hub.repoExists({ ...me, repo: { type: "model", name: "owner/absent" } })];
out.checkRepoAccess = await hub.checkRepoAccess({ hubUrl: me.hubUrl, repo }).then(() => "open", (error) => error.statusCode);
await hub.deleteRepo({ ...me, repo });
out.deleteRepo = await hub.repoExists({ ...me, repo });
console.log(JSON.stringify(out));
