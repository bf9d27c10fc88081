//! `limn-trainer export-onnx`: the gradient network alone as an ONNX model with dynamic height and width.
//!
//! Input `gradient` and output `styled_gradient` are `[N, 6, H, W]`, gradients of images in [0, 1] as
//! [`limn::gradient::gradient`] lays them out. A network that sees colours has a second input, `photo` `[N, 3, H, W]` in
//! [0, 1], and a second output, `ground_correction` `[N, 3, ceil(H/4), ceil(W/4)]`; see [`limn::change`]. The scales around
//! the network are folded into its layers. Both sides must be at least 5 pixels: ONNX mirrors no axis of one pixel, which a
//! quarter of less is.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use limn::{
    network::{GRADIENTS, HEAD_INPUT, Role},
    style::{ConvWeights, Style},
};
use prost::Message;
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, attribute_proto::AttributeType,
    tensor_proto::DataType, tensor_shape_proto::Dimension, tensor_shape_proto::dimension,
    type_proto,
};

use crate::files::models;

/// Operators of this version of the default domain are used; 15 gave `Shape` its `start` and `end`.
const OPSET: i64 = 17;
/// The file format that came with that version.
const IR_VERSION: i64 = 8;

/// Export a style's network as ONNX.
#[derive(Args)]
pub struct ExportArgs {
    /// The style record (.bpk).
    #[arg(long)]
    model: PathBuf,
    /// The ONNX file to write.
    #[arg(long)]
    output: PathBuf,
}

/// Writes the network of a record as ONNX.
///
/// # Errors
/// When the record cannot be used, or the file cannot be written.
pub fn run(args: &ExportArgs) -> Result<()> {
    let style = models::load(&args.model)?;
    std::fs::write(&args.output, to_onnx(&style).encode_to_vec())
        .with_context(|| format!("cannot write {}", args.output.display()))
}

fn to_onnx(style: &Style) -> ModelProto {
    let network = style.metadata.network();
    let mut nodes = Vec::new();
    let mut initializers = vec![integers("around", &[0, 0, 1, 1, 0, 0, 1, 1])];
    let mut current = "gradient".to_owned();
    if network.colours {
        let axis = vec![int("axis", 1)];
        nodes.push(node("Concat", &["gradient", "photo"], "seen", axis));
        current = "seen".into();
    }
    let mut quarter = String::new();
    for (i, (layer, weights)) in network.layers().iter().zip(&style.layers).enumerate() {
        let ConvWeights { weight, bias } = layer.folded(weights);
        let shape = [layer.out_channels, layer.in_channels, 3, 3];
        let [weight_name, bias_name] = ["weight", "bias"].map(|kind| format!("convs.{i}.{kind}"));
        initializers.push(floats(&weight_name, &shape, &weight));
        initializers.push(floats(&bias_name, &shape[..1], &bias));
        let mut then = |operator: &str, inputs: &[&str], attributes: Vec<AttributeProto>| {
            let output = match (layer.role, operator) {
                (Role::Head, "Conv") => "ground_correction".into(),
                _ => format!("{}{i}", operator.to_lowercase()),
            };
            nodes.push(node(operator, inputs, &output, attributes));
            output
        };
        let source = if layer.role == Role::Head {
            &quarter
        } else {
            &current
        };
        let padded = then("Pad", &[source, "around"], vec![string("mode", "reflect")]);
        let mut said = then(
            "Conv",
            &[&padded, &weight_name, &bias_name],
            vec![
                ints("kernel_shape", &[3, 3]),
                ints("strides", &[layer.stride as i64; 2]),
            ],
        );
        if layer.role == Role::Head {
            break;
        }
        if layer.relu {
            said = then("Relu", &[&said], Vec::new());
        }
        if i == HEAD_INPUT {
            quarter.clone_from(&said);
        }
        if layer.shuffle {
            said = then(
                "DepthToSpace",
                &[&said],
                // CRD is the pixel shuffle's order of channels.
                vec![int("blocksize", 2), string("mode", "CRD")],
            );
        }
        current = said;
    }
    // Sizes that are no multiple of four come out larger; crop to the input's.
    initializers.push(integers("origin", &[0, 0]));
    initializers.push(integers("axes", &[2, 3]));
    nodes.push(node(
        "Shape",
        &["gradient"],
        "size",
        vec![int("start", 2), int("end", 4)],
    ));
    nodes.push(node(
        "Slice",
        &[&current, "origin", "size", "axes"],
        "styled_gradient",
        Vec::new(),
    ));
    let mut input = vec![image("gradient", GRADIENTS, ["H", "W"])];
    let mut output = vec![image("styled_gradient", GRADIENTS, ["H", "W"])];
    if network.colours {
        input.push(image("photo", 3, ["H", "W"]));
        output.push(image("ground_correction", 3, ["quarter_H", "quarter_W"]));
    }

    let metadata = &style.metadata;
    let properties = [
        ("name", metadata.name.clone()),
        ("title", metadata.title.clone()),
        ("lambda", metadata.lambda.to_string()),
        ("trained_size", metadata.trained_size.to_string()),
        ("teacher", metadata.teacher.clone()),
        ("data", metadata.data.clone()),
        ("licence", metadata.licence.clone()),
    ];
    ModelProto {
        ir_version: IR_VERSION,
        opset_import: vec![OperatorSetIdProto {
            domain: String::new(),
            version: OPSET,
        }],
        producer_name: "limn-trainer".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        doc_string: "Maps gradients of a photo to stylised gradients.".into(),
        graph: Some(GraphProto {
            node: nodes,
            name: "limn".into(),
            initializer: initializers,
            input,
            output,
            ..Default::default()
        }),
        metadata_props: properties
            .into_iter()
            .map(|(key, value)| StringStringEntryProto {
                key: key.into(),
                value,
            })
            .collect(),
        ..Default::default()
    }
}

/// A node named after its only output.
fn node(
    operator: &str,
    inputs: &[&str],
    output: &str,
    attribute: Vec<AttributeProto>,
) -> NodeProto {
    NodeProto {
        input: inputs.iter().map(|name| (*name).to_owned()).collect(),
        output: vec![output.into()],
        name: output.into(),
        op_type: operator.into(),
        attribute,
        ..Default::default()
    }
}

fn attribute(name: &str, kind: AttributeType) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        r#type: kind.into(),
        ..Default::default()
    }
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        i: value,
        ..attribute(name, AttributeType::Int)
    }
}

fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto {
        ints: values.to_vec(),
        ..attribute(name, AttributeType::Ints)
    }
}

fn string(name: &str, value: &str) -> AttributeProto {
    AttributeProto {
        s: value.into(),
        ..attribute(name, AttributeType::String)
    }
}

fn tensor(name: &str, shape: &[usize], kind: DataType, bytes: Vec<u8>) -> TensorProto {
    TensorProto {
        dims: shape.iter().map(|&n| n as i64).collect(),
        data_type: kind.into(),
        name: name.into(),
        raw_data: bytes,
        ..Default::default()
    }
}

fn floats(name: &str, shape: &[usize], values: &[f32]) -> TensorProto {
    let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    tensor(name, shape, DataType::Float, bytes)
}

/// A vector of integers.
fn integers(name: &str, values: &[i64]) -> TensorProto {
    let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    tensor(name, &[values.len()], DataType::Int64, bytes)
}

/// A float tensor `[N, channels, …]` with only the channels fixed.
fn image(name: &str, channels: usize, sides: [&str; 2]) -> ValueInfoProto {
    let named = |name: &str| dimension::Value::DimParam(name.into());
    let dimensions = [
        named("N"),
        dimension::Value::DimValue(channels as i64),
        named(sides[0]),
        named(sides[1]),
    ];
    let dim = dimensions.map(|value| Dimension {
        value: Some(value),
        ..Default::default()
    });
    let tensor = type_proto::Tensor {
        elem_type: DataType::Float.into(),
        shape: Some(TensorShapeProto { dim: dim.into() }),
    };
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto {
            value: Some(type_proto::Value::TensorType(tensor)),
            ..Default::default()
        }),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use limn::network::{Architecture, GRADIENT_SCALE};

    fn style() -> Style {
        let mut style = Style::untrained(Architecture::plain(4), 1);
        for layer in &mut style.layers {
            layer.weight.fill(0.5);
            layer.bias.fill(2.0);
        }
        style
    }

    #[test]
    fn graph_is_a_chain_that_defines_every_name_it_uses() {
        let style = Style::untrained(Architecture::with_colours(4), 1);
        let bytes = to_onnx(&style).encode_to_vec();
        let graph = ModelProto::decode(&bytes[..]).unwrap().graph.unwrap();
        let mut known: Vec<&str> = graph
            .input
            .iter()
            .map(|input| input.name.as_str())
            .collect();
        assert_eq!(known, ["gradient", "photo"]);
        known.extend(graph.initializer.iter().map(|t| t.name.as_str()));
        for node in &graph.node {
            for input in &node.input {
                assert!(known.contains(&input.as_str()), "{input}");
            }
            known.extend(node.output.iter().map(String::as_str));
        }
        for output in ["styled_gradient", "ground_correction"] {
            assert!(graph.output.iter().any(|found| found.name == output));
            assert!(known.contains(&output));
        }
        let count = |operator: &str| {
            graph
                .node
                .iter()
                .filter(|node| node.op_type == operator)
                .count()
        };
        assert_eq!(
            ["Pad", "Conv", "Relu", "DepthToSpace", "Slice"].map(count),
            [10, 10, 8, 2, 1]
        );
    }

    /// As another program reads the file: tract.
    #[test]
    fn the_graph_computes_what_the_network_computes() {
        use burn::tensor::{Device, Tensor, TensorData};
        use limn::network::GradientNet;
        use tract_onnx::prelude::*;

        for network in [Architecture::plain(4), Architecture::with_colours(4)] {
            let style = Style::untrained(network, 7);
            let net = GradientNet::from_style(&style, &Device::flex());
            let bytes = to_onnx(&style).encode_to_vec();
            // A multiple of four, and sizes that are cropped.
            for [height, width] in [[16, 8], [13, 10]] {
                let size = height * width;
                let values: Vec<f32> = (0..network.inputs() * size)
                    .map(|i| (i * 37 % 101) as f32 / 505.0 - 0.1)
                    .collect();
                let data = TensorData::new(values.clone(), [1, network.inputs(), height, width]);
                let said = net.forward(Tensor::<4>::from_data(data, &Device::flex()));
                let mut model = tract_onnx::onnx().model_for_read(&mut &bytes[..]).unwrap();
                let mut inputs = tvec!();
                for (place, values) in [&values[..6 * size], &values[6 * size..]]
                    .iter()
                    .enumerate()
                {
                    if values.is_empty() {
                        continue;
                    }
                    let shape = [1, values.len() / size, height, width];
                    model
                        .set_input_fact(place, f32::fact(shape).into())
                        .unwrap();
                    let input = tract_onnx::prelude::Tensor::from_shape(&shape, values).unwrap();
                    inputs.push(input.into_tvalue());
                }
                let plan = model
                    .into_optimized()
                    .and_then(|model| model.into_runnable())
                    .unwrap();
                let outputs = plan.run(inputs).unwrap();
                let expected = [Some(said.gradients), said.ground].into_iter().flatten();
                assert_eq!(outputs.len(), if network.colours { 2 } else { 1 });
                for (output, expected) in outputs.iter().zip(expected) {
                    let output = output.try_as_plain_ram().unwrap();
                    let output = output.as_slice::<f32>().unwrap();
                    let expected: Vec<f32> = expected.into_data().iter::<f32>().collect();
                    assert_eq!(output.len(), expected.len());
                    let largest = expected.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
                    assert!(largest > 0.0);
                    for (found, expected) in output.iter().zip(&expected) {
                        assert!(
                            (found - expected).abs() < 1e-4 * largest,
                            "{found} {expected}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn gradient_scale_is_folded_into_first_and_last_layer() {
        let graph = to_onnx(&style()).graph.unwrap();
        let first = |name: &str| {
            let tensor = graph.initializer.iter().find(|t| t.name == name).unwrap();
            f32::from_le_bytes(tensor.raw_data[..4].try_into().unwrap())
        };
        assert_eq!(first("convs.0.weight"), 0.5 * GRADIENT_SCALE);
        assert_eq!(first("convs.0.bias"), 2.0);
        assert_eq!(first("convs.4.weight"), 0.5);
        assert_eq!(first("convs.8.weight"), 0.5 / GRADIENT_SCALE);
        assert_eq!(first("convs.8.bias"), 2.0 / GRADIENT_SCALE);
    }
}
