//! What components import and export, with full value types.
//!
//! A type here is an id in an image's [`ComponentTypes`](crate::types::ComponentTypes) together
//! with the image; [`image`](Component::image) and [`id`](Component::id) give both to whoever
//! wants to walk the types themselves.

use crate::image::{Image, ImageRef};
use crate::types::component::{
    ComponentTypeId, Defined, Extern, ExternType, FuncTypeId, InstanceTypeId, Members, ModuleTypeId, NameId,
    ResourceId, TypeRef, ValType,
};

/// What an import or export is.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum ComponentItem {
    ComponentFunc(ComponentFunc),
    Module(Module),
    Component(Component),
    ComponentInstance(ComponentInstance),
    Type(Type),
    Resource(ResourceType),
    /// A type that is not of values: of functions, instances or components.
    OtherType,
    /// A value (🪙).
    Value(Type),
}

impl ComponentItem {
    pub(crate) fn of(image: &ImageRef, ty: ExternType) -> Self {
        match ty {
            ExternType::Func(id) => ComponentItem::ComponentFunc(ComponentFunc::of(image, id)),
            ExternType::Module(id) => ComponentItem::Module(Module::of(image, id)),
            ExternType::Component(id) => ComponentItem::Component(Component::of(image, Some(id))),
            ExternType::Instance(id) => ComponentItem::ComponentInstance(ComponentInstance::of(image, id)),
            ExternType::Value(ty) => ComponentItem::Value(Type::of(image, ty)),
            ExternType::Type(TypeRef::Value(ty)) => ComponentItem::Type(Type::of(image, ty)),
            ExternType::Type(TypeRef::Resource(id)) => ComponentItem::Resource(ResourceType::of(image, id)),
            ExternType::Type(_) => ComponentItem::OtherType,
        }
    }
}

macro_rules! handles {
    ($($(#[$doc:meta])* $Name:ident($Id:ty);)+) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $Name {
            image: ImageRef,
            id: $Id,
        }

        impl $Name {
            pub(crate) fn of(image: &ImageRef, id: $Id) -> Self {
                Self { image: image.clone(), id }
            }

            /// The image whose table has the type.
            pub fn image(&self) -> &ImageRef {
                &self.image
            }

            /// The type in that table.
            pub fn id(&self) -> $Id {
                self.id
            }
        }
    )+ };
}
handles! {
    /// The type of a function.
    ComponentFunc(FuncTypeId);
    /// The type of a core module.
    Module(ModuleTypeId);
    /// The type of a component.
    Component(Option<ComponentTypeId>);
    /// The type of an instance.
    ComponentInstance(InstanceTypeId);
    /// A resource type.
    ResourceType(ResourceId);
    /// A value type.
    Type(ValType);
}

fn items<'i>(image: &'i ImageRef, externs: &'i [Extern]) -> impl ExactSizeIterator<Item = (&'i str, ComponentItem)> {
    externs.iter().map(|item| (image.name(item.name), ComponentItem::of(image, item.ty)))
}

impl Component {
    fn ty(&self) -> Option<crate::types::component::ComponentType<'_>> {
        self.image.types.component(self.id?).ok()
    }

    /// What it imports, in order.
    pub fn imports(&self) -> impl ExactSizeIterator<Item = (&str, ComponentItem)> {
        items(&self.image, self.ty().map_or(&[], |ty| ty.imports))
    }

    /// What it exports, in order.
    pub fn exports(&self) -> impl ExactSizeIterator<Item = (&str, ComponentItem)> {
        items(&self.image, self.ty().map_or(&[], |ty| ty.exports))
    }
}

impl ComponentInstance {
    /// What it exports, in order.
    pub fn exports(&self) -> impl ExactSizeIterator<Item = (&str, ComponentItem)> {
        items(&self.image, self.image.types.instance(self.id).map_or(&[], |ty| ty.exports))
    }
}

impl ComponentFunc {
    /// Names and types of the parameters, in order.
    pub fn params(&self) -> impl ExactSizeIterator<Item = (&str, Type)> {
        let params = self.image.types.func(self.id).map_or(Members::NONE, |ty| ty.params);
        params.iter().map(|param| (self.image.name(param.name), Type::of(&self.image, param.ty)))
    }

    /// The type of the result, if there is one.
    pub fn result(&self) -> Option<Type> {
        let result = self.image.types.func(self.id).ok()?.result;
        result.map(|ty| Type::of(&self.image, ty))
    }
}

impl Type {
    /// What the type is made of, where it is not primitive.
    pub fn defined(&self) -> Option<Defined<'_>> {
        match self.id {
            ValType::Defined(id) => self.image.types.defined(id).ok(),
            ValType::Primitive(_) => None,
        }
    }

    /// Another type of the same image, for example a part of this one.
    pub fn part(&self, ty: ValType) -> Type {
        Type::of(&self.image, ty)
    }

    /// The text of a label of the type.
    pub fn label(&self, name: NameId) -> &str {
        let image: &Image = &self.image;
        image.name(name)
    }
}
