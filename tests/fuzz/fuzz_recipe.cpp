// YAML as the project's own tree of values, and model files of it: schema/document.h, graph/model_file.h.
#include <string>

#include "fuzz_target.h"
#include "graph/model_file.h"
#include "schema/document.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace espalier;
  return fuzz::feed(data, size, [](auto bytes) {
    auto value = schema::parse(std::string(fuzz::text_of(bytes)), "fuzz.yaml");
    value.dump();
    std::vector<Problem> problems;
    schema::apply_override(value, "training.epochs=3", problems);
    static const auto operators = graph::standard_operators();
    graph::read_model(value, operators, {{1, 49, 10}, 12}, problems);
  });
}
