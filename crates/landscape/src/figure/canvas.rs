//! The only file that names kuva: shapes in, SVG and PNG out.

use kuva::backend::raster::RasterBackend;
use kuva::backend::svg::SvgBackend;
use kuva::render::render::{PathData, Primitive, Scene, TextAnchor};

/// Units per inch: coordinates are pixels of the PNG, which therefore has 400 dots per inch.
pub(super) const PER_INCH: f64 = 400.0;
/// Width of a figure: one column of a paper, 3.4 in.
pub(super) const WIDTH: f64 = 3.4 * PER_INCH;
/// One printer's point, 1/72 in.
pub(super) const POINT: f64 = PER_INCH / 72.0;

const FONT: &str = "DejaVu Sans, Verdana, Arial, sans-serif";

/// Which part of a text lies at its place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Shapes collected for one figure.
pub(super) struct Canvas {
    scene: Scene,
}

impl Canvas {
    pub fn new(height: f64) -> Canvas {
        let mut scene = Scene::new(WIDTH, height.ceil());
        scene.font_family = Some(FONT.into());
        scene.text_color = Some("#1a1a1a".into());
        Canvas { scene }
    }

    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), color: &str, width: f64) {
        self.path(&[from, to], color, width);
    }

    /// Joined segments.
    pub fn path(&mut self, points: &[(f64, f64)], color: &str, width: f64) {
        let points = points.iter().map(|(x, y)| (tenth(*x), tenth(*y))).collect();
        self.scene.add(Primitive::PolyLine {
            points,
            stroke: color.into(),
            stroke_width: tenth(width),
            stroke_dasharray: None,
        });
    }

    /// A filled shape.
    pub fn polygon(&mut self, points: &[(f64, f64)], color: &str) {
        let corners: Vec<String> = points.iter().map(|(x, y)| format!("{:.1} {:.1}", x, y)).collect();
        let d = format!("M {} Z", corners.join(" L "));
        let shape = PathData {
            d,
            fill: Some(color.into()),
            stroke: color.into(),
            stroke_width: 1.0,
            opacity: None,
            stroke_dasharray: None,
        };
        self.scene.add(Primitive::Path(Box::new(shape)));
    }

    pub fn disc(&mut self, (cx, cy): (f64, f64), r: f64, color: &str) {
        let (cx, cy, r) = (tenth(cx), tenth(cy), tenth(r));
        self.scene.add(Primitive::Circle {
            cx,
            cy,
            r,
            fill: color.into(),
            fill_opacity: None,
            stroke: None,
            stroke_width: None,
        });
    }

    /// Text on its baseline; `upwards` turns it by a quarter to the left.
    pub fn text(&mut self, (x, y): (f64, f64), content: &str, size: f64, anchor: Anchor, upwards: bool) {
        let anchor = match anchor {
            Anchor::Start => TextAnchor::Start,
            Anchor::Middle => TextAnchor::Middle,
            Anchor::End => TextAnchor::End,
        };
        let (x, y, size) = (tenth(x), tenth(y), size.round() as u32);
        let rotate = upwards.then_some(-90.0);
        self.scene.add(Primitive::Text {
            x,
            y,
            content: literal(content),
            size,
            anchor,
            rotate,
            bold: false,
            color: None,
        });
    }

    /// The figure as an SVG of 3.4 in that scales with the width it is given.
    pub fn svg(&self) -> String {
        let (width, height) = (self.scene.width, self.scene.height);
        let inches = format!(
            r#"width="{}in" height="{:.3}in" viewBox="0 0 {width} {height}""#,
            width / PER_INCH,
            height / PER_INCH
        );
        SvgBackend::new().render_scene(&self.scene).replacen(
            &format!(r#"width="{width}" height="{height}""#),
            &inches,
            1,
        )
    }

    pub fn png(&self) -> Result<Vec<u8>, String> {
        RasterBackend::new().with_scale(1.0).render_scene(&self.scene)
    }
}

/// Coordinates on a grid of a tenth of a pixel: nobody sees the rest.
fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// kuva reads `$…$` as mathematics, and XML forbids control characters; a name means neither.
fn literal(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .collect::<String>()
        .replace('$', "\\$")
}
