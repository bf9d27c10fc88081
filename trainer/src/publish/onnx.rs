//! `limn-trainer export-onnx`: the gradient network alone as an ONNX model with dynamic height and width.
//!
//! Input `gradient` and output `styled_gradient` are `[N, 6, H, W]`, gradients of images in [0, 1] as
//! [`limn::gradient::gradient`] lays them out. The scale around the network is folded into the first and last layer.

mod proto;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use limn::{
    network::{GRADIENT_SCALE, layers},
    style::Style,
};
use prost::Message;

use crate::files::models;
use proto::{
    Attribute, Dimension, Graph, KeyValue, Model, Node, OperatorSet, Shape, Tensor, TensorType,
    Type, ValueInfo,
};

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

pub fn run(args: &ExportArgs) -> Result<()> {
    let style = models::load(&args.model)?;
    std::fs::write(&args.output, to_onnx(&style).encode_to_vec())
        .with_context(|| format!("cannot write {}", args.output.display()))
}

fn to_onnx(style: &Style) -> Model {
    let table = layers(style.metadata.width);
    let last = table.len() - 1;
    let mut nodes = Vec::new();
    let mut initializers = Vec::new();
    let mut current = "gradient".to_owned();
    for (i, (layer, weights)) in table.iter().zip(&style.layers).enumerate() {
        let (mut weight, mut bias) = (weights.weight.clone(), weights.bias.clone());
        if i == 0 {
            weight.iter_mut().for_each(|w| *w *= GRADIENT_SCALE);
        }
        if i == last {
            weight
                .iter_mut()
                .chain(&mut bias)
                .for_each(|w| *w /= GRADIENT_SCALE);
        }
        let shape = [layer.out_channels, layer.in_channels, 3, 3];
        let [weight_name, bias_name] = ["weight", "bias"].map(|kind| format!("convs.{i}.{kind}"));
        initializers.push(Tensor::f32(&weight_name, &shape, &weight));
        initializers.push(Tensor::f32(&bias_name, &shape[..1], &bias));
        let mut then = |operator: &str, inputs: &[&str], attributes: Vec<Attribute>| {
            let output = format!("{}{i}", operator.to_lowercase());
            nodes.push(Node::new(operator, inputs, &output, attributes));
            output
        };
        current = then(
            "Conv",
            &[&current, &weight_name, &bias_name],
            vec![
                Attribute::ints("kernel_shape", &[3, 3]),
                Attribute::ints("pads", &[1, 1, 1, 1]),
                Attribute::ints("strides", &[layer.stride as i64; 2]),
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
                vec![
                    Attribute::int("blocksize", 2),
                    Attribute::string("mode", "CRD"),
                ],
            );
        }
    }
    // Sizes that are no multiple of four come out larger; crop to the input's.
    initializers.push(Tensor::i64("origin", &[0, 0]));
    initializers.push(Tensor::i64("axes", &[2, 3]));
    nodes.push(Node::new(
        "Shape",
        &["gradient"],
        "size",
        vec![Attribute::int("start", 2), Attribute::int("end", 4)],
    ));
    nodes.push(Node::new(
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
    Model {
        ir_version: Some(IR_VERSION),
        opset_import: vec![OperatorSet {
            domain: Some(String::new()),
            version: Some(OPSET),
        }],
        producer_name: Some("limn-trainer".into()),
        producer_version: Some(env!("CARGO_PKG_VERSION").into()),
        doc_string: Some("Maps gradients of a photo to stylised gradients.".into()),
        graph: Some(Graph {
            node: nodes,
            name: Some("limn".into()),
            initializer: initializers,
            input: vec![gradients("gradient")],
            output: vec![gradients("styled_gradient")],
        }),
        metadata_props: properties
            .into_iter()
            .map(|(key, value)| KeyValue {
                key: Some(key.into()),
                value: Some(value),
            })
            .collect(),
    }
}

/// A float tensor `[N, 6, H, W]` with only the channels fixed.
fn gradients(name: &str) -> ValueInfo {
    ValueInfo {
        name: Some(name.into()),
        r#type: Some(Type {
            tensor_type: Some(TensorType {
                elem_type: Some(proto::FLOAT),
                shape: Some(Shape {
                    dim: vec![
                        Dimension::named("N"),
                        Dimension::fixed(6),
                        Dimension::named("H"),
                        Dimension::named("W"),
                    ],
                }),
            }),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let graph = Model::decode(&bytes[..]).unwrap().graph.unwrap();
        let mut known: Vec<&str> = vec!["gradient"];
        known.extend(graph.initializer.iter().map(|t| t.name()));
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
                .filter(|node| node.op_type() == operator)
                .count()
        };
        assert_eq!(
            ["Conv", "Relu", "DepthToSpace", "Slice"].map(count),
            [9, 8, 2, 1]
        );
    }

    #[test]
    fn gradient_scale_is_folded_into_first_and_last_layer() {
        let graph = to_onnx(&style()).graph.unwrap();
        let first = |name: &str| {
            let tensor = graph.initializer.iter().find(|t| t.name() == name).unwrap();
            f32::from_le_bytes(tensor.raw_data()[..4].try_into().unwrap())
        };
        assert_eq!(first("convs.0.weight"), 0.5 * GRADIENT_SCALE);
        assert_eq!(first("convs.0.bias"), 2.0);
        assert_eq!(first("convs.4.weight"), 0.5);
        assert_eq!(first("convs.8.weight"), 0.5 / GRADIENT_SCALE);
        assert_eq!(first("convs.8.bias"), 2.0 / GRADIENT_SCALE);
    }
}
