// The AWS SDK for JavaScript at work, one scenario for each call: aws_javascript_test.py says which
// and looks at the JSON that is printed. Configuration comes from where the SDK takes it by itself.

import { createRequire } from "node:module";

const require = createRequire(process.env.TOOLS + "/node_modules/");
const { STSClient, GetCallerIdentityCommand, AssumeRoleCommand, ExpiredTokenException,
        MalformedPolicyDocumentException } = require("@aws-sdk/client-sts");
const { IAMClient, GetRoleCommand, GetUserCommand, NoSuchEntityException, paginateListUsers,
        GetAccountSummaryCommand, GetPolicyVersionCommand } = require("@aws-sdk/client-iam");
const { fromHttp, fromIni, fromInstanceMetadata, fromTemporaryCredentials, fromTokenFile } =
    require("@aws-sdk/credential-providers");

// Calls, and counts the requests that were sent for it; `result` or `error` tells how it ended.
async function outcome(client, command) {
  let requests = 0;
  client.middlewareStack.add((next) => (args) => { requests += 1; return next(args); },
                             { step: "deserialize", priority: "low", override: true, name: "count" });
  try {
    const { $metadata, ...result } = await client.send(command);
    return { result, requests, requestId: $metadata.requestId };
  } catch (error) {
    return { error: error.name, message: error.message, status: error.$metadata?.httpStatusCode,
             requests, requestId: error.$metadata?.requestId,
             modelled: [ExpiredTokenException, MalformedPolicyDocumentException,
                        NoSuchEntityException].some((kind) => error instanceof kind) };
  }
}

const identity = (options) => outcome(new STSClient(options), new GetCallerIdentityCommand({}));

const scenarios = {
  identity: () => identity({}),
  profile: (name) => identity({ credentials: fromIni({ profile: name }) }),
  profileWithCode: (name, code) => identity(
      { credentials: fromIni({ profile: name, mfaCodeProvider: async () => code }) }),
  tokenFile: () => identity({ credentials: fromTokenFile() }),
  instance: () => identity({ credentials: fromInstanceMetadata({ timeout: 10000 }) }),
  container: () => identity({ credentials: fromHttp({ timeout: 10000 }) }),
  temporary: (role, name) => identity({ credentials: fromTemporaryCredentials(
      { params: { RoleArn: role, RoleSessionName: name, DurationSeconds: 900 } }) }),
  assume: (role, policy) => outcome(new STSClient({}), new AssumeRoleCommand(
      { RoleArn: role, RoleSessionName: "node", ...(policy ? { Policy: policy } : {}) })),
  pages: async (size) => {
    const pages = [];
    for await (const page of paginateListUsers({ client: new IAMClient({}), pageSize: Number(size) }, {}))
      pages.push(page.Users.map((user) => user.UserName));
    return pages;
  },
  user: (name) => outcome(new IAMClient({}), new GetUserCommand({ UserName: name })),
  role: (name) => outcome(new IAMClient({}), new GetRoleCommand({ RoleName: name })),
  version: (arn, id) => outcome(new IAMClient({}), new GetPolicyVersionCommand(
      { PolicyArn: arn, VersionId: id })),
  summary: () => outcome(new IAMClient({}), new GetAccountSummaryCommand({})),
};

const [name, ...parameters] = process.argv.slice(2);
console.log(JSON.stringify(await scenarios[name](...parameters)));
