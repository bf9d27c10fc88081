//! `limn-trainer export-onnx`: the gradient network alone as an ONNX model with dynamic height and width.
//!
//! Input `gradient` and output `styled_gradient` are `[N, 6, H, W]`, gradients of images in [0, 1] as
//! [`limn::gradient::gradient`] lays them out. The scale around the network is folded into the first and last layer.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use limn::{
    network::layers,
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
    let table = layers(style.metadata.width);
    let mut nodes = Vec::new();
    let mut initializers = Vec::new();
    let mut current = "gradient".to_owned();
    for (i, (layer, weights)) in table.iter().zip(&style.layers).enumerate() {
        let ConvWeights { weight, bias } = layer.folded(weights);
        let shape = [layer.out_channels, layer.in_channels, 3, 3];
        let [weight_name, bias_name] = ["weight", "bias"].map(|kind| format!("convs.{i}.{kind}"));
        initializers.push(floats(&weight_name, &shape, &weight));
        initializers.push(floats(&bias_name, &shape[..1], &bias));
        let mut then = |operator: &str, inputs: &[&str], attributes: Vec<AttributeProto>| {
            let output = format!("{}{i}", operator.to_lowercase());
            nodes.push(node(operator, inputs, &output, attributes));
            output
        };
        current = then(
            "Conv",
            &[&current, &weight_name, &bias_name],
            vec![
                ints("kernel_shape", &[3, 3]),
                ints("pads", &[1, 1, 1, 1]),
                ints("strides", &[layer.stride as i64; 2]),
            ],
        );
        if layer.relu {
            current = then("Relu", &[&current], Vec::new());
        }
        if layer.shuffle {
            current = then(
                "DepthToSpace",
                &[&current],
                // CRD is the pixel shuffle's order of channels.
                vec![int("blocksize", 2), string("mode", "CRD")],
            );
        }
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
            input: vec![gradients("gradient")],
            output: vec![gradients("styled_gradient")],
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

/// A float tensor `[N, 6, H, W]` with only the channels fixed.
fn gradients(name: &str) -> ValueInfoProto {
    let named = |name: &str| dimension::Value::DimParam(name.into());
    let dimensions = [
        named("N"),
        dimension::Value::DimValue(6),
        named("H"),
        named("W"),
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
    use limn::network::GRADIENT_SCALE;

    fn style() -> Style {
        let mut style = Style::untrained(4, 1);
        for layer in &mut style.layers {
            layer.weight.fill(0.5);
            layer.bias.fill(2.0);
        }
        style
    }

    #[test]
    fn graph_is_a_chain_that_defines_every_name_it_uses() {
        let bytes = to_onnx(&style()).encode_to_vec();
        let graph = ModelProto::decode(&bytes[..]).unwrap().graph.unwrap();
        let mut known: Vec<&str> = vec!["gradient"];
        known.extend(graph.initializer.iter().map(|t| t.name.as_str()));
        for node in &graph.node {
            for input in &node.input {
                assert!(known.contains(&input.as_str()), "{input}");
            }
            known.extend(node.output.iter().map(String::as_str));
        }
        assert_eq!(known.last(), Some(&"styled_gradient"));
        let count = |operator: &str| {
            graph
                .node
                .iter()
                .filter(|node| node.op_type == operator)
                .count()
        };
        assert_eq!(
            ["Conv", "Relu", "DepthToSpace", "Slice"].map(count),
            [9, 8, 2, 1]
        );
    }

    /// As another program reads the file: tract.
    #[test]
    fn the_graph_computes_what_the_network_computes() {
        use burn::tensor::{Device, Tensor, TensorData};
        use limn::network::GradientNet;
        use tract_onnx::prelude::*;

        let style = Style::untrained(4, 7);
        let net = GradientNet::from_style(&style, &Device::flex());
        let bytes = to_onnx(&style).encode_to_vec();
        // A multiple of four, and sizes that are cropped.
        for [height, width] in [[16, 8], [13, 10]] {
            let shape = [1, 6, height, width];
            let values = (0..6 * height * width).map(|i| (i * 37 % 101) as f32 / 505.0 - 0.1);
            let values: Vec<f32> = values.collect();
            let data = TensorData::new(values.clone(), shape);
            let expected = net.forward(Tensor::<4>::from_data(data, &Device::flex()));
            let plan = tract_onnx::onnx()
                .model_for_read(&mut &bytes[..])
                .and_then(|model| model.with_input_fact(0, f32::fact(shape).into()))
                .and_then(|model| model.into_optimized())
                .and_then(|model| model.into_runnable())
                .unwrap();
            let input = tract_onnx::prelude::Tensor::from_shape(&shape, &values).unwrap();
            let output = plan.run(tvec!(input.into_tvalue())).unwrap();
            let output = output[0].try_as_plain_ram().unwrap();
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
