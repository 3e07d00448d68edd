// Reads lines "score label" and prints the area under the ROC curve and the partial one up to 10 % false positives, for
// comparison with scikit-learn (judge_roc.py).
#include <cstdio>
#include <iostream>
#include <vector>

#include "tasks/roc.h"

int main() {
  std::vector<double> scores;
  std::vector<std::int64_t> labels;
  double score = 0;
  std::int64_t label = 0;
  while (std::cin >> score >> label) scores.push_back(score), labels.push_back(label);
  const auto curve = espalier::tasks::roc_curve(scores, labels);
  std::printf("%.17g %.17g\n", espalier::tasks::area_under(curve), espalier::tasks::partial_area_under(curve, 0.1));
}
