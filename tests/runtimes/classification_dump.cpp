// Reads a number of classes and "label predicted" a line; prints what the project measures of them, as JSON.
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <vector>

#include "tasks/classification.h"

int main() {
  using namespace espalier;
  std::int64_t classes = 0, label = 0, said = 0;
  std::cin >> classes;
  std::vector<std::int64_t> labels, predicted;
  while (std::cin >> label >> said) labels.push_back(label), predicted.push_back(said);
  std::printf("%s\n", tasks::to_json(tasks::confusion(labels, predicted, classes), {}).dump().c_str());
  return 0;
}
