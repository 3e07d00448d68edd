#include "datasets/corpus_options.h"

#include <algorithm>

#include "catch.h"
#include "datasets/dataset.h"
#include "schema/document.h"
#include "schema/registry.h"

namespace espalier::datasets {
void enlist(schema::Registry&);
}

using namespace espalier;

TEST_CASE("what damaged data do is said in the same words to every reader, and stopping is the default") {
  schema::Registry registry;
  datasets::enlist(registry);
  std::int64_t readers = 0;
  for (const auto& entry : registry.entries())
    for (const auto& field : entry.fields.all) {
      if (entry.kind != "dataset" || field.key != "on_error") continue;
      INFO(entry.key);
      ++readers;
      CHECK(field.choices == std::vector<std::string>{"fail", "skip"});
      CHECK(field.fallback.find("fail") != std::string::npos);
    }
  CHECK(readers >= 10);
}

TEST_CASE("another word is refused, with the one that was meant") {
  schema::Registry registry;
  datasets::enlist(registry);
  for (const char* type : {"pascal_voc", "csv_series", "image_folder", "machine_sounds"}) {
    std::vector<Problem> problems;
    const auto text = std::string("{type: ") + type + ", root: /absent, on_error: skipp}";
    registry.make<datasets::Dataset>("dataset", schema::parse(text, "here"), problems);
    const auto told = std::any_of(problems.begin(), problems.end(), [](const Problem& problem) {
      return problem.text.find("must be one of fail, skip, not 'skipp'; did you mean 'skip'?") != std::string::npos;
    });
    INFO(type << ": " << (problems.empty() ? "" : problems[0].text));
    CHECK(told);
  }
}
