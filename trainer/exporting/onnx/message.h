// Field numbers of onnx/onnx.proto (ONNX 1.23, IR version 8) that the writer uses.
#pragma once

namespace espalier::exporting::onnx {

namespace model_field {
constexpr int ir_version = 1, producer_name = 2, producer_version = 3, doc_string = 6, graph = 7, opset_import = 8,
              metadata = 14;
}
namespace opset_field {
constexpr int domain = 1, version = 2;
}
namespace entry_field {
constexpr int key = 1, value = 2;
}
namespace graph_field {
constexpr int node = 1, name = 2, initializer = 5, input = 11, output = 12;
}
namespace node_field {
constexpr int input = 1, output = 2, name = 3, op_type = 4, attribute = 5, domain = 7;
}
namespace attribute_field {
constexpr int name = 1, f = 2, i = 3, s = 4, g = 6, ints = 8, type = 20;
constexpr int type_float = 1, type_int = 2, type_string = 3, type_graph = 5, type_ints = 7;
}  // namespace attribute_field
namespace tensor_field {
constexpr int dims = 1, data_type = 2, name = 8, raw_data = 9;
constexpr int type_float = 1, type_uint8 = 2, type_int8 = 3, type_int32 = 6, type_int64 = 7;
}  // namespace tensor_field
namespace value_field {
constexpr int name = 1, type = 2, tensor_type = 1, elem_type = 1, shape = 2, dim = 1, dim_value = 1, dim_param = 2;
}

}  // namespace espalier::exporting::onnx
