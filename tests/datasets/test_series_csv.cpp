#include "datasets/series_csv.h"

#include <cmath>

#include "catch.h"
#include "refusal.h"

using namespace espalier;
using namespace espalier::datasets;
using espalier::testing::says;

namespace {

const SeriesColumns columns = {{"y", "x"}, "label", "who", ""};

std::string refusal(const std::string& text, const SeriesColumns& wanted = columns) {
  return testing::refusal([&] { parse_series_csv(text, "a.csv", wanted, false); });
}

}  // namespace

TEST_CASE("series csv: columns by name, words once") {
  const auto csv = parse_series_csv("time,x,label,y,who\n0,1,walk,2.5,ann\n1,+3,walk,-4e1,ann\n2,,run,?,bob\n", "a.csv",
                                    columns, false);
  CHECK(csv.channels == std::vector<std::string>{"y", "x"});
  CHECK(csv.rows == 3);
  CHECK(std::vector<float>(csv.values.begin(), csv.values.begin() + 4) == std::vector<float>{2.5, 1, -40, 3});
  CHECK(std::isnan(csv.values[4]));
  CHECK(std::isnan(csv.values[5]));
  CHECK(csv.label.words == std::vector<std::string>{"walk", "run"});
  CHECK(csv.label.at(2) == "run");
  CHECK(csv.subject.rows == std::vector<std::int32_t>{0, 0, 1});
  CHECK(csv.split.rows.empty());
}

TEST_CASE("series csv: without names every column that begins with a number is a channel, time is not") {
  const auto csv = parse_series_csv("timestamp, a ,note,label,b\n0,1,x,0,2\n", "a.csv", {{}, "label", "", ""}, false);
  CHECK(csv.channels == std::vector<std::string>{"a", "b"});
}

TEST_CASE("series csv: mistakes name the line") {
  says(refusal(""), "a.csv: is empty");
  says(refusal(std::string(40, '\0')), "a.csv: has a header and no rows");
  says(refusal("x,y,label,who\n"), "no rows");
  says(refusal("x,z,label,who\n1,2,a,b\n"), "a.csv:1: the header has no column 'y'");
  says(refusal("x,x,y,label,who\n1,1,2,a,b\n"), "a.csv:1: the header names 'x' twice");
  says(refusal("x,y,label,who\n1,2,a,b\n1,2,a\n"), "a.csv:3: has 3 fields");
  says(refusal("x,y,label,who\n1,2,a,b\n1,two,a,b\n"), "a.csv:3: 'two' in column 'y' is no number");
  says(refusal("x,y,label,who\n1,inf,a,b\n"), "'inf'");
  says(refusal("x,y,label,who\n1,+-3,a,b\n"), "'+-3'");
  says(refusal("x,y,label,who\n1,1e60,a,b\n"), "'1e60'");
  says(refusal("label,note\na,b\n", {{}, "label", "", ""}), "no column holds numbers");
  const auto csv = parse_series_csv("x,y,label,who\n1,two,a,b\n", "a.csv", columns, true);
  CHECK(csv.damaged == 1);
  CHECK(std::isnan(csv.values[0]));
}

TEST_CASE("series csv: a column of measurements that is taken for one of words is refused before it costs time") {
  std::string text = "x,y,label,who\n";
  for (int i = 0; i <= 10000; ++i) text += "1,2," + std::to_string(i) + ",b\n";
  says(refusal(text), "a.csv:10002: column 'label' holds more than 10000 different words");
}
