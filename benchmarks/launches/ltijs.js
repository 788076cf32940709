// ltijs with its PostgreSQL plugin, as its documentation sets it up.
const { createRequire } = require("node:module");

const packages = createRequire(process.env.BENCH_PACKAGES);
const lti = packages("ltijs").Provider;
const Database = packages("ltijs-sequelize");

const { BENCH_ISSUER: issuer, BENCH_KEY: pem, BENCH_AUTH: method } = process.env;

const database = new Database("postgres", "licheng", "", {
  host: process.env.BENCH_SOCKETS,
  dialect: "postgres",
  logging: false,
});

lti.setup("bench", { plugin: database }, {
  appRoute: "/launch",
  loginRoute: "/login",
  // The launches of a measurement are signed before it begins; the default refuses them after 10 s.
  tokenMaxAge: 600,
});

lti.onConnect((token, request, response) => response.send(token.user));

async function main() {
  await lti.deploy({ port: Number(process.env.BENCH_PORT), silent: true });
  const key = method === "JWK_SET" ? `${issuer}/keys` : pem;
  await lti.registerPlatform({
    url: issuer,
    name: "LMS",
    clientId: process.env.BENCH_CLIENT,
    authenticationEndpoint: `${issuer}/auth`,
    accesstokenEndpoint: `${issuer}/token`,
    authConfig: { method, key },
  });
}

main();
