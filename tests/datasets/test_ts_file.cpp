#include "datasets/ts_file.h"

#include <cmath>

#include "catch.h"
#include "refusal.h"

using namespace espalier;
using namespace espalier::datasets;
using espalier::testing::says;

namespace {

const std::string head = "#comment\n@problemName Walks\n@timeStamps false\n@classLabel true a b\n@data\n";

std::string refusal(const std::string& text) {
  return testing::refusal([&] { parse_ts(text, "x.ts", false); });
}

}  // namespace

TEST_CASE(".ts: channels, labels, missing values and lengths") {
  const auto file = parse_ts("\xEF\xBB\xBF" + head + "1,2.5,?:-3e2,+4,NaN:b\r\n\n5:6:a", "x.ts", false);
  CHECK(file.name == "Walks");
  CHECK(file.classes == std::vector<std::string>{"a", "b"});
  CHECK(file.channels == 2);
  REQUIRE(file.cases.size() == 2);
  CHECK(file.cases[0].line == 6);
  CHECK(file.cases[0].label == "b");
  CHECK(file.cases[0].length == 3);
  CHECK(file.cases[0].values[1] == 2.5f);
  CHECK(file.cases[0].values[3] == -300);
  CHECK(std::isnan(file.cases[0].values[2]));
  CHECK(std::isnan(file.cases[0].values[5]));
  CHECK(file.cases[1].values == std::vector<float>{5, 6});
}

TEST_CASE(".ts: what is damaged or not read is refused with its line") {
  says(refusal(""), "is empty");
  says(refusal("#\n"), "x.ts:1: the file ends without @data");
  says(refusal(std::string(64, '\0')), "x.ts:1: ");
  says(refusal("hello"), "stands before @data");
  says(refusal("@timeStamps true\n"), "x.ts:1: @timeStamps true");
  says(refusal("@timeStamps maybe\n"), "must be true or false");
  says(refusal("@targetLabel true\n"), "regression");
  says(refusal("@classLabel false\n"), "no labels");
  says(refusal("@classLabel true a a\n"), "each once");
  says(refusal("@classLabel true\n"), "each once");
  says(refusal("@data\n1:a\n"), "before `@classLabel true`");
  says(refusal("@dimensions 99999999999999999999\n"), "must be a number from 1");
  says(refusal("@seriesLength -4\n"), "must be a number from 1");
  says(refusal(head), "no case");
  says(refusal(head + "1,2,3\n"), "x.ts:6: a case without ':'");
  says(refusal(head + "1,2:c\n"), "label 'c' is not listed");
  says(refusal(head + "1,x:a\n"), "'x' is no number");
  says(refusal(head + "1,:a\n"), "'' is no number");
  says(refusal(head + "1,1e99:a\n"), "'1e99' is no number");
  says(refusal(head + "1,inf:a\n"), "'inf' is no number");
  says(refusal(head + "1,+-2:a\n"), "'+-2' is no number");
  says(refusal(head + "(0,1),(1,2):a\n"), "timestamps");
  says(refusal(head + "1,2:3:a\n"), "channel 1 has 1 values where the first has 2");
  says(refusal(head + "1,2:a\n1,2:3,4:a\n"), "x.ts:7: 2 channels where 1 are due");
  says(refusal("@dimensions 4294967295\n" + head + "1,2:a\n"), "1 channels where 4294967295 are due");
  says(refusal("@univariate true\n" + head + "1:2:a\n"), "2 channels where 1 are due");
  says(refusal("@equalLength true\n@seriesLength 3\n" + head + "1,2:a\n"), "@seriesLength says 3");
}

TEST_CASE(".ts: damaged cases can be left out and counted") {
  const auto file = parse_ts(head + "1,2:a\n1,x:a\n3,4:b\n5,6:c\n", "x.ts", true);
  CHECK(file.cases.size() == 2);
  CHECK(file.damaged.size() == 2);
  CHECK(file.damaged[1].origin == "x.ts:9");
}
