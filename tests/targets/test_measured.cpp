#include "targets/measured.h"

#include "base/error.h"
#include "catch.h"

using namespace espalier;
using namespace espalier::targets;

TEST_CASE("a bench's log is read wherever its lines stand") {
  const auto measured = read_measured(
      "booting\r\nknown answer: passed\r\ncycles: 1200\r\ncycles: 1000 cycles\r\nCycles: 1100\r\nstack: 512 bytes\r\n"
      "stack: 640\r\nbye",
      "log.txt");
  CHECK(measured.cycles == 1100);
  CHECK(measured.runs == 3);
  CHECK(measured.stack == 640);
  CHECK(measured.known_answer == true);
  CHECK(read_measured("known answer: passed\nknown answer: failed\n", "log.txt").known_answer == false);
  CHECK_FALSE(read_measured("stack: 1\n", "log.txt").cycles.has_value());
  const auto bench = read_measured(
      "model: kws\narena_bytes: 16000\nknown_answer: FAILED, differing bytes 12\nstack_bytes: 512\ncycles: 100\n"
      "front_end_cycles: 7\nbench: FAILED\n",
      "log.txt");
  CHECK(bench.known_answer == false);
  CHECK(bench.stack == 512);
  CHECK(bench.cycles == 100);
  CHECK(bench.runs == 1);
}

TEST_CASE("instructions that an emulator counted are read, of the whole and of each layer") {
  const auto measured = read_measured(
      "model: kws on Cortex-M4\nknown_answer: passed\nlayer 0: 1200 instructions, CONV_2D stem: 4x4\nlayer 1: 30\n"
      "instructions: 1290\nfront_end_instructions: 7 a frame\n",
      "log.txt");
  CHECK(measured.instructions == 1290);
  CHECK(measured.layers == std::vector<std::int64_t>{1200, 30});
  CHECK_FALSE(measured.cycles.has_value());
}

TEST_CASE("a log that says nothing, or no number, is refused with its line") {
  const auto refused = [](const std::string& log) -> std::string {
    try {
      read_measured(log, "log.txt");
    } catch (const Error& error) {
      CHECK(error.code() == Exit::mistake);
      return error.problems().at(0).origin + ": " + error.problems().at(0).text;
    }
    return "";
  };
  CHECK(refused("").find("holds no line") != std::string::npos);
  CHECK(refused("hello\n").find("bench") != std::string::npos);
  CHECK(refused("a\ncycles: many\n").find("log.txt:2: 'many'") == 0);
  CHECK(refused("cycles: -5\n").find("no whole number") != std::string::npos);
  CHECK(refused("cycles: 99999999999999999999\n").find("no whole number") != std::string::npos);
  CHECK(refused("layer 0: few\n").find("log.txt:1: 'few'") == 0);
  CHECK(refused("cycles: 12x\n").find("no whole number") != std::string::npos);
  CHECK(refused("known answer: perhaps\n").find("neither") != std::string::npos);
}
