#include "importing/pickle.h"

#include <cstring>
#include <map>

#include "base/error.h"
#include "base/text.h"

namespace espalier::importing {
namespace {

using Index = Pickled::Index;
using Value = Pickled::Value;

// A value may be referred to from many places: what is copied at each of them stays small.
constexpr std::size_t longest_name = 200, most_digits = 18, most_axes = 64;

class Machine {
 public:
  explicit Machine(std::string_view bytes) : bytes_(bytes) {}

  Pickled run() {
    while (true) {
      place_ = next_;
      const auto opcode = static_cast<unsigned char>(take(1)[0]);
      if (opcode == '.') break;
      step(opcode);
    }
    result_.root = pop();
    return std::move(result_);
  }

 private:
  [[noreturn]] void damaged(const std::string& why) const { mistake("", concat("pickle, byte ", place_, ": ", why)); }

  std::string_view take(std::size_t count) {
    if (count > bytes_.size() - next_) damaged("ends too early");
    next_ += count;
    return bytes_.substr(next_ - count, count);
  }
  /// Little endian, as everything in a pickle.
  std::uint64_t number(std::size_t width) {
    std::uint64_t value = 0;
    const auto digits = take(width);
    for (std::size_t i = 0; i < width; ++i)
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(digits[i])) << 8 * i;
    return value;
  }
  std::string line() {
    const auto end = bytes_.find('\n', next_);
    if (end == std::string_view::npos) damaged("ends within a name");
    if (end - next_ > longest_name) damaged("has a name without an end");
    const auto text = take(end - next_);
    take(1);
    return std::string(text);
  }
  /// Two's complement of any width; what does not fit int64 is of no interest to tensors.
  void push_long(std::size_t width) {
    const auto digits = take(width);
    if (width > 8) return push(Pickled::Foreign{"int"});
    std::uint64_t value = width && (digits.back() & 0x80) ? ~std::uint64_t{0} : 0;
    for (std::size_t i = width; i-- > 0;) value = value << 8 | static_cast<unsigned char>(digits[i]);
    push(static_cast<std::int64_t>(value));
  }
  void push_float() {
    std::uint64_t bits = 0;
    for (const char digit : take(8)) bits = bits << 8 | static_cast<unsigned char>(digit);  // the one big-endian opcode
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    push(value);
  }

  void push(Value value) {
    result_.values.push_back(std::move(value));
    stack_.push_back(result_.values.size() - 1);
  }
  Index pop() {
    if (stack_.empty() || (!marks_.empty() && stack_.size() <= marks_.back())) damaged("takes from an empty stack");
    const auto top = stack_.back();
    stack_.pop_back();
    return top;
  }
  Index top() {
    const auto index = pop();
    stack_.push_back(index);
    return index;
  }
  std::vector<Index> pop_to_mark() {
    if (marks_.empty()) damaged("has no mark");
    const auto mark = static_cast<std::ptrdiff_t>(marks_.back());
    marks_.pop_back();
    std::vector<Index> items(stack_.begin() + mark, stack_.end());
    stack_.resize(static_cast<std::size_t>(mark));
    return items;
  }
  void push_tuple(std::size_t count) {
    Pickled::Sequence sequence;
    sequence.items.resize(count);
    for (std::size_t i = count; i-- > 0;) sequence.items[i] = pop();
    push(std::move(sequence));
  }

  void remember(std::uint64_t key) { memo_[key] = top(); }
  void recall(std::uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) damaged("recalls what it never stored");
    stack_.push_back(found->second);
  }

  template <class Kind>
  const Kind& expect(Index index, const char* what) const {
    const auto* value = result_.as<Kind>(index);
    if (!value) damaged(concat("expects ", what));
    return *value;
  }
  const std::vector<Index>& sequence(Index index, std::size_t least, const char* what) const {
    const auto& items = expect<Pickled::Sequence>(index, what).items;
    if (items.size() < least) damaged(concat("expects ", what));
    return items;
  }
  std::vector<std::int64_t> integers(Index index) const {
    const auto& items = sequence(index, 0, "a tuple of integers");
    if (items.size() > most_axes) damaged("has a tensor of too many axes");
    std::vector<std::int64_t> all;
    for (const auto item : items) all.push_back(expect<std::int64_t>(item, "an integer"));
    return all;
  }

  void append(const std::vector<Index>& items) {
    auto* list = std::get_if<Pickled::Sequence>(&result_.values[top()]);
    if (list) list->items.insert(list->items.end(), items.begin(), items.end());
  }
  void set(const std::vector<Index>& items) {
    if (items.size() % 2) damaged("has a key without a value");
    auto* dictionary = std::get_if<Pickled::Dictionary>(&result_.values[top()]);
    if (!dictionary) return;  // an object of a class that behaves as a map
    for (std::size_t i = 0; i < items.size(); i += 2) dictionary->entries.emplace_back(items[i], items[i + 1]);
  }

  /// ("storage", torch.FloatStorage, key, device, count).
  void push_storage() {
    const auto& parts = sequence(pop(), 5, "a storage");
    Pickled::TensorView whole;
    whole.type = text_after_last(expect<Pickled::Foreign>(parts[1], "a storage's type").name);
    whole.storage = expect<std::string>(parts[2], "a storage's key");
    if (whole.storage.empty() || whole.storage.size() > most_digits ||
        whole.storage.find_first_not_of("0123456789") != std::string::npos)
      damaged("names a storage that is no number");
    push(std::move(whole));
  }
  static std::string text_after_last(const std::string& name) { return name.substr(name.rfind('.') + 1); }

  void call() {
    const auto arguments = pop(), callee = pop();
    const auto* function = result_.as<Pickled::Foreign>(callee);
    const std::string name = function ? function->name : "";
    if (name == "collections.OrderedDict") return push(Pickled::Dictionary{});
    if (name == "torch._utils._rebuild_tensor_v2" || name == "torch._utils._rebuild_tensor") {
      const auto& parts = sequence(arguments, 4, "a tensor");
      auto view = expect<Pickled::TensorView>(parts[0], "a storage");
      view.offset = expect<std::int64_t>(parts[1], "an offset");
      view.sizes = integers(parts[2]);
      view.strides = integers(parts[3]);
      return push(std::move(view));
    }
    if (name == "torch._utils._rebuild_parameter") {
      stack_.push_back(sequence(arguments, 1, "a parameter")[0]);
      return;
    }
    push(Pickled::Foreign{name});
  }

  void step(unsigned char opcode) {
    switch (opcode) {
      case 0x80:
        take(1);
        return;  // PROTO
      case 0x95:
        take(8);
        return;  // FRAME
      case '(':
        marks_.push_back(stack_.size());
        return;  // MARK
      case '0':
        pop();
        return;  // POP
      case '1':
        pop_to_mark();
        return;  // POP_MARK
      case '2':
        stack_.push_back(top());
        return;  // DUP
      case 'N':
        push(std::monostate{});
        return;  // NONE
      case 0x88:
        push(true);
        return;  // NEWTRUE
      case 0x89:
        push(false);
        return;  // NEWFALSE
      case 'K':
        push(static_cast<std::int64_t>(number(1)));
        return;  // BININT1
      case 'M':
        push(static_cast<std::int64_t>(number(2)));
        return;  // BININT2
      case 'J':
        push_long(4);
        return;  // BININT
      case 0x8a:
        push_long(number(1));
        return;  // LONG1
      case 0x8b:
        push_long(number(4));
        return;  // LONG4
      case 'G':
        push_float();
        return;  // BINFLOAT
      case 'X':
        push(std::string(take(number(4))));
        return;  // BINUNICODE
      case 0x8c:
        push(std::string(take(number(1))));
        return;  // SHORT_BINUNICODE
      case 0x8d:
        push(std::string(take(number(8))));
        return;  // BINUNICODE8
      case 'T':
      case 'B':
        push(std::string(take(number(4))));
        return;  // BINSTRING, BINBYTES
      case 'U':
      case 'C':
        push(std::string(take(number(1))));
        return;  // SHORT_BINSTRING, SHORT_BINBYTES
      case ')':
        push_tuple(0);
        return;  // EMPTY_TUPLE
      case 0x85:
        push_tuple(1);
        return;  // TUPLE1
      case 0x86:
        push_tuple(2);
        return;  // TUPLE2
      case 0x87:
        push_tuple(3);
        return;  // TUPLE3
      case 't':
        push(Pickled::Sequence{pop_to_mark()});
        return;  // TUPLE
      case ']':
        push(Pickled::Sequence{});
        return;  // EMPTY_LIST
      case 'l':
        push(Pickled::Sequence{pop_to_mark()});
        return;  // LIST
      case 'a': {
        const auto item = pop();
        append({item});
        return;
      }  // APPEND
      case 'e':
        append(pop_to_mark());
        return;  // APPENDS
      case '}':
        push(Pickled::Dictionary{});
        return;  // EMPTY_DICT
      case 's': {
        const auto value = pop(), key = pop();
        set({key, value});
        return;
      }  // SETITEM
      case 'u':
        set(pop_to_mark());
        return;  // SETITEMS
      case 0x8f:
        push(Pickled::Foreign{"set"});
        return;  // EMPTY_SET
      case 0x90:
        pop_to_mark();
        return;  // ADDITEMS
      case 'q':
        remember(number(1));
        return;  // BINPUT
      case 'r':
        remember(number(4));
        return;  // LONG_BINPUT
      case 0x94:
        remember(memo_.size());
        return;  // MEMOIZE
      case 'h':
        recall(number(1));
        return;  // BINGET
      case 'j':
        recall(number(4));
        return;  // LONG_BINGET
      case 'c': {
        const auto module = line();
        push(Pickled::Foreign{concat(module, ".", line())});
        return;
      }  // GLOBAL
      case 0x93: {
        const auto name = pop(), module = pop();  // STACK_GLOBAL
        push(Pickled::Foreign{concat(expect<std::string>(module, "a name"), ".", expect<std::string>(name, "a name"))});
        return;
      }
      case 'Q':
        push_storage();
        return;  // BINPERSID
      case 'R':
      case 0x81:
        call();
        return;  // REDUCE, NEWOBJ
      case 'b':
        pop();
        top();
        return;  // BUILD: an object's attributes
      default:
        damaged(concat("opcode ", int{opcode}, " is none that torch.save writes"));
    }
  }

  std::string_view bytes_;
  std::size_t next_ = 0, place_ = 0;
  Pickled result_;
  std::vector<Index> stack_;
  std::vector<std::size_t> marks_;
  std::map<std::uint64_t, Index> memo_;
};

}  // namespace

Pickled read_pickle(std::string_view bytes) { return Machine(bytes).run(); }

}  // namespace espalier::importing
