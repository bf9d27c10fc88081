//! Times the network's convolutions on this machine's GPU, our kernel beside a naive one, and the kernels of a whole
//! frame: `cargo run --release -p limn-trainer --example gpu_bench -- [width c] [size]`.

use std::{collections::BTreeMap, error::Error};

use limn::{
    Options, Planes,
    engine::{Engine, Slot},
    gpu::{
        GpuEngine, GpuOptions,
        check::probe::{Blocking, Probe},
    },
    network::{Architecture, Role},
    style::Style,
};
use pollster::block_on;

const RUNS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = |default: usize| -> Result<usize, std::num::ParseIntError> {
        arguments.next().map_or(Ok(default), |text| text.parse())
    };
    let (width, size) = (argument(16)?, argument(256)?);

    let probe = block_on(Probe::new())?;
    println!(
        "{}; c = {width}, {size} × {size}, ms, best of {RUNS}",
        probe.adapter()
    );
    let blockings: Vec<Blocking> = [(1, 1), (2, 2), (4, 1), (4, 2), (4, 4), (8, 2)]
        .into_iter()
        .map(|(rows, groups)| Blocking {
            rows,
            groups,
            workgroup: [8, 8],
        })
        .collect();
    print!("layer       naive   ours");
    blockings
        .iter()
        .for_each(|blocking| print!("{:>7}", format!("{}x{}", blocking.rows, blocking.groups)));
    println!();
    let mut input = (size, size);
    let mut total = (0.0, 0.0);
    for (i, layer) in Architecture::plain(width).chain().iter().enumerate() {
        let naive = probe.time_layer(layer, input, None, RUNS)?;
        let ours = probe.time_layer(layer, input, Some(Blocking::for_layer(layer)), RUNS)?;
        total = (total.0 + naive, total.1 + ours);
        print!(
            "{i} {:>3}->{:<3}{naive:>8.2}{ours:>7.2}",
            layer.in_channels, layer.out_channels
        );
        for blocking in &blockings {
            let fits = layer.role != Role::Last
                && (layer.out_channels / 4).is_multiple_of(blocking.groups);
            if fits {
                let time = probe.time_layer(layer, input, Some(*blocking), RUNS)?;
                print!("{time:>7.2}");
            }
        }
        println!();
        input = layer.output_size(input.0, input.1);
    }
    let (naive, ours) = total;
    println!(
        "sum      {naive:>8.2}{ours:>7.2}   naive / ours = {:.2}",
        naive / ours
    );

    let mut engine = block_on(GpuEngine::new(GpuOptions {
        allow_software: true,
        ..Default::default()
    }))?;
    engine.set_style(
        Slot::First,
        Some(&Style::untrained(Architecture::plain(width), 1)),
    )?;
    engine.set_photo(&Planes::zeros(3, size, size))?;
    let options = Options {
        working_size: size,
        ..Options::default()
    };
    block_on(engine.paint(&options))?;
    let mut sums = BTreeMap::<&str, (usize, f64)>::new();
    for (label, time) in engine.timings(&options)? {
        let sum = sums.entry(label).or_default();
        *sum = (sum.0 + 1, sum.1 + time);
    }
    println!("a frame, each launch waited for:");
    for (label, (count, time)) in sums {
        println!("{label:>16} {count:>4} × {time:>8.2}");
    }
    let start = std::time::Instant::now();
    engine.set_photo(&Planes::zeros(3, size, size))?;
    block_on(engine.paint_rgba8(&options))?;
    println!(
        "a frame in one submit: {:.1}",
        start.elapsed().as_secs_f64() * 1e3
    );
    Ok(())
}
