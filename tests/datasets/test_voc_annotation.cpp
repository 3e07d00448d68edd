#include "datasets/voc_annotation.h"

#include "base/error.h"
#include "base/random.h"
#include "catch.h"

using namespace espalier;
using datasets::parse_voc;

namespace {

std::string with(const std::string& object) { return "<annotation><object>" + object + "</object></annotation>"; }

std::string refusal(const std::string& xml) {
  try {
    parse_voc(xml, "a.xml");
  } catch (const Error& error) {
    CHECK(error.problems().front().origin == "a.xml");
    return error.problems().front().text;
  }
  return {};
}

const std::string box = "<bndbox><xmin>1</xmin><ymin>2.5</ymin><xmax> 3 </xmax><ymax>4</ymax></bndbox>";

}  // namespace

TEST_CASE("an annotation's size and objects are read as they are written") {
  const auto read = parse_voc(
      "<?xml version=\"1.0\"?><annotation><filename> a.jpg </filename><size><width>40</width>"
      "<height>20</height></size><object><name>cup</name><difficult>1</difficult>" +
          box + "</object></annotation>",
      "a.xml");
  CHECK(read.file_name == "a.jpg");
  CHECK(read.width == 40);
  CHECK(read.height == 20);
  REQUIRE(read.objects.size() == 1);
  CHECK(read.objects[0].difficult);
  CHECK(read.objects[0].top == 2.5);
  CHECK(read.objects[0].right == 3);
  CHECK(parse_voc("<annotation/>", "a.xml").objects.empty());
}

TEST_CASE("what is no annotation is refused in words") {
  CHECK(refusal("").find("no XML") != std::string::npos);
  CHECK(refusal("<annotation>").find("no XML") != std::string::npos);
  CHECK(refusal("<other/>").find("no <annotation>") != std::string::npos);
  CHECK(refusal(with(box)).find("no <name>") != std::string::npos);
  CHECK(refusal(with("<name>cup</name>")).find("no <bndbox>") != std::string::npos);
  CHECK(refusal(with("<name>cup</name><bndbox><xmin>nan</xmin></bndbox>")).find("<xmin>") != std::string::npos);
  CHECK(refusal(with("<name>cup</name><bndbox><xmin>1e99</xmin></bndbox>")).find("<xmin>") != std::string::npos);
  CHECK(refusal(std::string(datasets::most_voc_bytes + 1, ' ')).find("too many") != std::string::npos);
  std::string many;
  for (std::size_t i = 0; i <= datasets::most_voc_objects; ++i) many += "<object><name>a</name>" + box + "</object>";
  CHECK(refusal("<annotation>" + many + "</annotation>").find("more than 10000") != std::string::npos);
}

TEST_CASE("damaged annotations give an error or a reading, never a crash") {
  const auto whole = with("<name>cup</name>" + box);
  Random random(5, "damage");
  for (int round = 0; round < 3000; ++round) {
    auto damaged = whole.substr(0, random.below(static_cast<std::uint32_t>(whole.size()) + 1));
    for (auto changes = random.below(4); changes > 0 && !damaged.empty(); --changes)
      damaged[random.below(static_cast<std::uint32_t>(damaged.size()))] = static_cast<char>(random.below(256));
    try {
      parse_voc(damaged, "a.xml");
    } catch (const Error&) {
    }
  }
}
