// A client of `azc serve` for Node: requests are sent without waiting, answers come in order.
//
//   node client.js            (`azc` must be on the path)

const { spawn } = require("node:child_process");
const { createInterface } = require("node:readline");

class Azc {
  constructor(command = "azc", options = ["serve"]) {
    this.server = spawn(command, options, { stdio: ["pipe", "pipe", "inherit"] });
    this.waiting = new Map();
    this.next = 1;
    createInterface({ input: this.server.stdout }).on("line", (line) => {
      const answer = JSON.parse(line);
      const { resolve, reject } = this.waiting.get(answer.id);
      this.waiting.delete(answer.id);
      if (answer.error) reject(new Error(answer.error.message));
      else resolve(answer);
    });
    this.server.on("exit", () => {
      for (const { reject } of this.waiting.values()) reject(new Error("the server ended"));
    });
  }

  // A promise of the answer to a request.
  ask(request) {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.server.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
    });
  }

  close() {
    this.server.stdin.end();
  }
}

async function main() {
  const azc = new Azc();
  const train = { x: [[1, 0], [0, 1], [1, 1]], y: [1, 1, 2] };
  await azc.ask({ define: { sum: { features: 2, eval: "RMS_ERROR", train, valid: { x: [[2, 1]], y: [3] } } } });
  const scales = Array.from({ length: 100 }, (_, index) => index / 25);
  const programs = scales.map((scale) => `def Setup():\n  s2 = ${scale}\ndef Predict():\n  s1 = mean(v0)\n  s1 = s1 * s2\n`);
  // All at once: the server reads the next request while it answers this one.
  const answers = await Promise.all(programs.map((program) => azc.ask({ program, task: "sum" })));
  const fitnesses = answers.map((answer) => answer.fitness);
  const best = fitnesses.indexOf(Math.max(...fitnesses));
  console.log(`best of ${programs.length}: fitness ${fitnesses[best]} with the scale ${scales[best]}`);
  // Several programs in one request, and what they are when simplified.
  const both = await azc.ask({ programs: programs.slice(0, 2), task: "sum", simplify: true });
  console.log(both.programs.map((one) => one.fitness).join(" "));
  azc.close();
}

main();
