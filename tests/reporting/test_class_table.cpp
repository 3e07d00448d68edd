#include "reporting/class_table.h"

#include "base/text.h"
#include "catch.h"

using namespace espalier;
using namespace espalier::reporting;

namespace {

Json beat(const char* label, double recall, std::int64_t support) {
  return Json::map()
      .set("label", label)
      .set("precision", 0.5)
      .set("recall", recall)
      .set("f1", 0.25)
      .set("support", support);
}

}  // namespace

TEST_CASE("classes of a classification are shown with sensitivity, precision and F1 in percent") {
  const auto beats = Json::list_of(std::vector{beat("N", 0.9964, 1113), beat("S", 1, 91), beat("Q", 0, 0)});
  const auto text = class_table(beats, 2);
  const auto lines = split(text, '\n');
  REQUIRE(lines.size() >= 4);
  CHECK(lines[0] == "  class  sensitivity  precision      F1  samples");
  CHECK(lines[1] == "  N           99.6 %     50.0 %  25.0 %    1,113");
  CHECK(lines[2] == "  S          100.0 %     50.0 %  25.0 %       91");
  CHECK(lines[3] == "  Q                -     50.0 %  25.0 %        0");  // there was none to be found
}

TEST_CASE("of detectors the table shows what the task reports, a dash where a class has none") {
  const auto cup = Json::map().set("label", "cup").set("AP50", 0.5).set("boxes", std::int64_t{7});
  const auto cat = Json::map().set("label", "cat").set("AP50", Json()).set("boxes", std::int64_t{0});
  const auto classes = Json::list_of(std::vector<Json>{cup, cat});
  CHECK(class_table(classes, 0) == "class    AP50  boxes\ncup    50.0 %      7\ncat         -      0\n");
}

TEST_CASE("no table is made of what is no list of classes") {
  CHECK(class_table(Json(), 0).empty());
  CHECK(class_table(Json::list(), 0).empty());
  CHECK(class_table(Json::list_of(std::vector<std::string>{"N"}), 0).empty());
}

TEST_CASE("metrics have the names that people know") {
  CHECK(metric_title("accuracy") == "Accuracy");
  CHECK(metric_title("macro_f1") == "Macro-F1");
  CHECK(metric_title("mAP50") == "mAP50");
  CHECK(metric_text("balanced_accuracy") == "balanced accuracy");
}
