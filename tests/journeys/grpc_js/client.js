// Gets a Decision Console over gRPC and prints it as JSON, or prints the error and exits with 1.
// The services come from a FileDescriptorSet, so that no generated code and no proto file is needed.
"use strict";

const fs = require("node:fs");
const grpc = require("@grpc/grpc-js");
const protoLoader = require("@grpc/proto-loader");

const DEADLINE_MILLISECONDS = 10_000;

function main([address, businessId, asOf, image, token]) {
  if (!token) {
    console.error("usage: node client.js <host:port> <business_id> <YYYY-MM-DD> <image.binpb> <token>");
    process.exit(2);
  }
  const definition = protoLoader.loadFileDescriptorSetFromBuffer(fs.readFileSync(image), {
    longs: String,
    enums: String,
  });
  const { DecisionConsoleService } = grpc.loadPackageDefinition(definition).runway.experience.v1;
  const client = new DecisionConsoleService(address, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  metadata.set("authorization", `Bearer ${token}`);
  const [year, month, day] = asOf.split("-").map(Number);
  client.GetDecisionConsole(
    // A descriptor set keeps the names of the proto files.
    { business_id: businessId, as_of: { year, month, day } },
    metadata,
    { deadline: Date.now() + DEADLINE_MILLISECONDS },
    (error, console_) => {
      client.close();
      if (error) {
        const [details] = error.metadata.get("grpc-status-details-bin");
        console.log(
          JSON.stringify({
            code: grpc.status[error.code],
            message: error.details,
            status: details?.toString("base64"),
          }),
        );
        process.exitCode = 1;
        return;
      }
      console.log(JSON.stringify(console_));
    },
  );
}

main(process.argv.slice(2));
