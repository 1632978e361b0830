// The boxed dispatcher: every ATen operator by name, called with a stack of values that was checked against its schema.
#include "guard.h"
#include "tensors.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace auricle {

namespace {

// What a schema argument takes, worked out once when the operator is found.
enum class Slot {
  Tensor,
  Integer,
  Double,
  Bool,
  Scalar,
  IntegerList,
  DoubleList,
  BoolList,
  TensorList,
  OptionalTensorList,
  String,
  Device,
  Other
};

struct Argument {
  Slot slot = Slot::Other;
  bool optional = false;
  int32_t fixed_length = 0; // int[2]: a single integer is repeated
  bool may_be_empty = false;
};

struct Operator {
  c10::OperatorHandle handle;
  std::vector<Argument> arguments;
};

Slot list_slot(const c10::TypePtr &element) {
  const auto kind = element->kind();
  if (is_integer(kind))
    return Slot::IntegerList;
  switch (kind) {
  case c10::TypeKind::FloatType: return Slot::DoubleList;
  case c10::TypeKind::BoolType: return Slot::BoolList;
  case c10::TypeKind::TensorType: return Slot::TensorList;
  case c10::TypeKind::OptionalType: return Slot::OptionalTensorList;
  default: return Slot::Other;
  }
}

Argument describe(const c10::Argument &declared) {
  Argument result;
  auto type = declared.type();
  if (type->kind() == c10::TypeKind::OptionalType) {
    result.optional = true;
    type = type->expectRef<c10::OptionalType>().getElementType();
  }
  if (is_integer(type->kind())) {
    result.slot = Slot::Integer;
    return result;
  }
  switch (type->kind()) {
  case c10::TypeKind::TensorType: result.slot = Slot::Tensor; break;
  case c10::TypeKind::FloatType: result.slot = Slot::Double; break;
  case c10::TypeKind::BoolType: result.slot = Slot::Bool; break;
  case c10::TypeKind::NumberType: result.slot = Slot::Scalar; break;
  case c10::TypeKind::StringType: result.slot = Slot::String; break;
  case c10::TypeKind::DeviceObjType: result.slot = Slot::Device; break;
  case c10::TypeKind::ListType:
    result.slot = list_slot(type->expectRef<c10::ListType>().getElementType());
    result.fixed_length = declared.N().value_or(0);
    result.may_be_empty = declared.default_value().has_value() && declared.default_value()->isIntList() &&
                          declared.default_value()->toIntList().empty();
    break;
  default: break;
  }
  return result;
}

const char *kind_name(int32_t kind) {
  static const char *names[] = {"None",    "Tensor",   "int",       "float", "bool",   "int[]",
                                "float[]", "Tensor[]", "Tensor?[]", "str",   "Device", "bool[]"};
  return kind >= 0 && kind < 12 ? names[kind] : "unknown";
}

double as_double(const AurValue &value) {
  double result;
  std::memcpy(&result, &value.payload, sizeof result);
  return result;
}

template <typename T> const T *items(const AurValue &value) { return reinterpret_cast<const T *>(value.payload); }

template <typename T, typename Stored = T> c10::List<Stored> to_list(const AurValue &value) {
  c10::List<Stored> list;
  list.reserve(value.count);
  for (int32_t i = 0; i < value.count; i++)
    list.push_back(static_cast<Stored>(items<T>(value)[i]));
  return list;
}

// The dispatcher reads its stack without checking it, so every value takes here the exact form its slot declares.
// Returns false where the value does not fit.
bool convert(const Argument &argument, const AurValue &value, c10::IValue &result) {
  if (value.kind == AUR_NONE) {
    result = c10::IValue();
    return argument.optional;
  }
  switch (argument.slot) {
  case Slot::Tensor:
    if (value.kind != AUR_TENSOR)
      return false;
    result = borrow(reinterpret_cast<AurTensor>(value.payload));
    return true;
  case Slot::Integer:
    if (value.kind != AUR_INT)
      return false;
    result = value.payload;
    return true;
  case Slot::Double:
    if (value.kind != AUR_DOUBLE && value.kind != AUR_INT)
      return false;
    result = value.kind == AUR_DOUBLE ? as_double(value) : static_cast<double>(value.payload);
    return true;
  case Slot::Bool:
    if (value.kind != AUR_BOOL)
      return false;
    result = value.payload != 0;
    return true;
  case Slot::Scalar:
    if (value.kind == AUR_DOUBLE)
      result = as_double(value);
    else if (value.kind == AUR_INT)
      result = value.payload;
    else if (value.kind == AUR_BOOL)
      result = value.payload != 0;
    else
      return false;
    return true;
  case Slot::IntegerList:
    if (value.kind == AUR_INT) {
      result = c10::List<int64_t>();
      for (int32_t i = 0; i < std::max(1, argument.fixed_length); i++)
        result.toIntList().push_back(value.payload);
      return true;
    }
    if (value.kind != AUR_INT_LIST)
      return false;
    // Some operators read as many numbers as they declare without looking how many there are. int[1] is any number.
    if (argument.fixed_length > 1 && value.count != 1 && value.count != argument.fixed_length &&
        !(value.count == 0 && argument.may_be_empty))
      return false;
    if (value.count == 1 && argument.fixed_length > 1) {
      auto list = c10::List<int64_t>();
      list.resize(argument.fixed_length, items<int64_t>(value)[0]);
      result = list;
    } else {
      result = to_list<int64_t>(value);
    }
    return true;
  case Slot::DoubleList:
    if (value.kind != AUR_DOUBLE_LIST)
      return false;
    result = to_list<double>(value);
    return true;
  case Slot::BoolList:
    if (value.kind != AUR_BOOL_LIST)
      return false;
    result = to_list<uint8_t, bool>(value);
    return true;
  case Slot::TensorList: {
    if (value.kind != AUR_TENSOR_LIST)
      return false;
    c10::List<at::Tensor> list;
    list.reserve(value.count);
    for (int32_t i = 0; i < value.count; i++)
      list.push_back(borrow(items<AurTensor>(value)[i]));
    result = std::move(list);
    return true;
  }
  case Slot::OptionalTensorList: {
    if (value.kind != AUR_TENSOR_LIST && value.kind != AUR_OPTIONAL_TENSOR_LIST)
      return false;
    c10::List<c10::optional<at::Tensor>> list;
    list.reserve(value.count);
    for (int32_t i = 0; i < value.count; i++) {
      auto handle = items<AurTensor>(value)[i];
      list.push_back(handle == nullptr ? c10::nullopt : c10::optional<at::Tensor>(borrow(handle)));
    }
    result = std::move(list);
    return true;
  }
  case Slot::String:
    if (value.kind != AUR_STRING)
      return false;
    result = std::string(items<char>(value), value.count);
    return true;
  case Slot::Device:
    if (value.kind != AUR_DEVICE)
      return false;
    result = c10::Device(static_cast<c10::DeviceType>(value.payload), static_cast<c10::DeviceIndex>(value.count));
    return true;
  case Slot::Other: return false;
  }
  return false;
}

AurValue to_value(const c10::IValue &value) {
  AurValue result{AUR_NONE, 0, 0};
  if (value.isTensor()) {
    auto tensor = value.toTensor();
    if (tensor.defined()) {
      result.kind = AUR_TENSOR;
      result.payload = reinterpret_cast<int64_t>(hand_out(std::move(tensor)));
    }
  } else if (value.isInt()) {
    result.kind = AUR_INT;
    result.payload = value.toInt();
  } else if (value.isDouble()) {
    result.kind = AUR_DOUBLE;
    const double number = value.toDouble();
    std::memcpy(&result.payload, &number, sizeof number);
  } else if (value.isBool()) {
    result.kind = AUR_BOOL;
    result.payload = value.toBool() ? 1 : 0;
  } else if (value.isTensorList()) {
    const auto list = value.toTensorVector();
    auto handles = static_cast<AurTensor *>(std::malloc(sizeof(AurTensor) * std::max<size_t>(1, list.size())));
    if (handles == nullptr)
      throw std::bad_alloc();
    for (size_t i = 0; i < list.size(); i++)
      handles[i] = hand_out(list[i]);
    result.kind = AUR_TENSOR_LIST;
    result.count = static_cast<int32_t>(list.size());
    result.payload = reinterpret_cast<int64_t>(handles);
  } else {
    TORCH_CHECK(value.isNone(), "The operator returned a ", value.tagKind(), ", which this interface does not carry.");
  }
  return result;
}

// Gives back what a call handed out before a later result could not be carried.
void take_back(const AurValue *results, int32_t count) {
  for (int32_t i = 0; i < count; i++) {
    if (results[i].kind == AUR_TENSOR) {
      aur_tensor_free(reinterpret_cast<AurTensor>(results[i].payload));
    } else if (results[i].kind == AUR_TENSOR_LIST) {
      const auto handles = items<AurTensor>(results[i]);
      std::for_each(handles, handles + results[i].count, aur_tensor_free);
      aur_free(const_cast<AurTensor *>(handles));
    }
  }
}

} // namespace
} // namespace auricle

using namespace auricle;

int32_t aur_operator_find(const char *name, const char *overload, AurOperator *result) {
  // Operators live as long as the process: there are a few hundred, and handles to them are kept everywhere.
  static std::mutex mutex;
  static std::unordered_map<std::string, std::unique_ptr<Operator>> operators;
  int32_t status = AUR_OK;
  const int32_t failure = guarded([&] {
    const std::string key = std::string(name) + "." + overload;
    std::lock_guard<std::mutex> lock(mutex);
    auto known = operators.find(key);
    if (known == operators.end()) {
      const auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
      if (!handle.has_value()) {
        const std::string message = std::string("This libtorch (") + TORCH_VERSION + ") has no operator '" + key + "'.";
        status = fail(AUR_NO_SUCH_OPERATOR, message.c_str());
        return;
      }
      auto created = std::make_unique<Operator>(Operator{*handle, {}});
      for (const auto &argument : handle->schema().arguments())
        created->arguments.push_back(describe(argument));
      known = operators.emplace(key, std::move(created)).first;
    }
    *result = known->second.get();
  });
  return failure != AUR_OK ? failure : status;
}

int32_t aur_call(AurOperator op, const AurValue *arguments, int32_t count, uint32_t flags, AurValue *results,
                 int32_t capacity, int32_t *result_count) {
  return guarded([&] {
    const auto &target = *static_cast<Operator *>(op);
    const auto &schema = target.handle.schema();
    TORCH_CHECK(count <= static_cast<int32_t>(target.arguments.size()), "Too many arguments (", count, ") for ",
                schema);
    torch::jit::Stack stack;
    stack.reserve(target.arguments.size());
    for (int32_t i = 0; i < count; i++) {
      stack.emplace_back();
      TORCH_CHECK(convert(target.arguments[i], arguments[i], stack.back()), "Argument '", schema.arguments()[i].name(),
                  "' got ", kind_name(arguments[i].kind), ", which does not fit ", schema);
    }
    schema.checkAndNormalizeInputs(stack);
    c10::AutoGradMode mode((flags & AUR_NO_GRAD) == 0 && c10::GradMode::is_enabled());
    target.handle.callBoxed(stack);
    TORCH_CHECK(static_cast<int32_t>(stack.size()) <= capacity, "Operator returned ", stack.size(),
                " values, room was for ", capacity, ": ", schema);
    *result_count = 0;
    try {
      for (const auto &value : stack) {
        results[*result_count] = to_value(value);
        ++*result_count;
      }
    } catch (...) {
      take_back(results, *result_count);
      *result_count = 0;
      throw;
    }
  });
}

void aur_free(void *memory) { std::free(memory); }
