// Evaluates requests against the policies of roles, as IAM would.
// stdin: {policies: {role: [document, ...]}, cases: [{role, action, resource, context, account, owner, endpoint}]}
// account is that of the role, owner that of the resource, which then lets the
// role in; both are the deployment's by default. endpoint is the policy of the
// VPC endpoint that the request passes.
// stdout: ["Allowed" | "ImplicitlyDenied" | "ExplicitlyDenied" | "error: ...", ...]
import { readFileSync } from "node:fs";
import { runSimulation } from "@cloud-copilot/iam-simulate";

const { policies, cases } = JSON.parse(readFileSync(0, "utf8"));
const out = [];
for (const c of cases) {
  const account = c.account || "111122223333", owner = c.owner || account;
  const result = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${account}:role/${c.role}`,
        action: c.action,
        resource: { resource: c.resource, accountId: owner },
        contextVariables: c.context ?? {},
      },
      identityPolicies: (policies[c.role] ?? []).map((policy, i) => ({ name: `${c.role}-${i}`, policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      // A key's policy must delegate to IAM, or the role's own statement is void.
      resourcePolicy: c.action.startsWith("kms:")
        ? { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "kms:*", Resource: "*" }] }
        : owner !== account
          ? { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:role/${c.role}` }, Action: c.action, Resource: "*" }] }
          : undefined,
      vpcEndpointPolicies: c.endpoint ? [{ name: "endpoint", policy: c.endpoint }] : undefined,
    },
    {},
  );
  out.push(result.resultType === "error" ? "error: " + JSON.stringify(result.errors) : (result.overallResult ?? result.analysis?.result ?? JSON.stringify(result)));
}
console.log(JSON.stringify(out));
